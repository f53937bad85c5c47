"""A learner's copy in JupyterLab: nothing is shown before the run, a key answers, and the run replies."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labserver.kit.exercises.predictions import find
from labserver.kit.exercises.progress import FILE
from launcher.working_copies import WorkingCopies
from tests.browser.conftest import Lab

if TYPE_CHECKING:
    from tools.jupyterlab import Screen

NAME, PREDICTION = "04-side-by-side.ipynb", "04-visit"


def learners_copy(folder: Path) -> str:
    """Hand the notebook out as run.py does; gives its name."""
    copies = WorkingCopies(folder.parent)
    copies.hand_out()
    name = f"learners-{NAME}"
    (folder / name).write_bytes((copies.folder / NAME).read_bytes())
    return name


def run_to(screen: Screen, source: str, done: int = -1) -> int:
    """Run the cells after `done`, up to the first that holds this text; returns its index."""
    cells = screen.cells()
    last = next(index for index, cell in enumerate(cells) if source in "".join(cell["source"]))
    for index in range(done + 1, last + 1):
        screen.do("window.panel.content.activeCellIndex = v.index", index=index)
        screen.do('await app.commands.execute("notebook:run-cell")')
    return last


def texts(cell: dict[str, Any]) -> list[str]:
    outputs = [output.get("data", {}).get("text/plain", output.get("text")) for output in cell["outputs"]]
    return ["".join(text) for text in outputs]


def test_a_learner_answers_by_the_keyboard_and_is_answered_after_the_run(jupyterlab: Lab) -> None:
    jupyterlab.do(lambda screen: answer(jupyterlab.folder, screen))


def answer(folder: Path, screen: Screen) -> None:
    with screen.opened(learners_copy(folder)):
        prediction = find(PREDICTION)
        wrong = next(letter for letter, option in prediction.lettered.items() if option.misconception)
        option = prediction.lettered[wrong]
        assert not any(cell.get("outputs") for cell in screen.cells()), "a copy comes without outputs"

        asked = run_to(screen, f'predict("{PREDICTION}")')
        buttons = screen.page.locator("button.labkit-option")
        buttons.first.wait_for()
        assert [
            re.sub(r"`", "", f"({letter}) {one.text}") for letter, one in prediction.lettered.items()
        ] == (buttons.all_inner_texts())
        button = screen.page.get_by_role("button", name=f"({wrong}) {option.text}")
        button.focus()
        screen.page.keyboard.press("Enter")
        buttons.first.wait_for(state="detached")
        question, shown = texts(screen.cells()[asked])
        assert prediction.question in question and shown == f"You say {wrong}. Run on and see."

        last = run_to(screen, f'outcome("{PREDICTION}"', asked)
        shown = texts(screen.cells()[last])[-1]
        assert shown.startswith(f"The run shows {prediction.letter(prediction.right)}:")
        assert option.misconception in shown and option.answer in shown
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        assert kept["prediction"] == {PREDICTION: {"said": option.word, "run": prediction.right}}
