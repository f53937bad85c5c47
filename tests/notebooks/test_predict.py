"""A prediction says the same for all who do not answer; a guess is remembered, and answered after the run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labserver.kit.exercises import buttons, predict, progress
from labserver.kit.exercises.prediction import Option, Prediction
from labserver.kit.exercises.predictions import PREDICTIONS, find

NAME = "99-toy"
TOY = Prediction(
    NAME,
    "Ada logs out, and a copy of `sid` is sent. What happens?",
    Option(
        "works", "It works.", misconception="A copy is taken for the original.", answer="The row is gone."
    ),
    Option("refused", "It is refused."),
    Option(
        "later", "It is refused later.", misconception="An end is taken for a limit.", answer="401, at once."
    ),
    right="refused",
)
Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Register the toy, and keep progress in a folder of its own, as in a notebook."""
    path = tmp_path / progress.FILE
    monkeypatch.setitem(PREDICTIONS, NAME, TOY)
    monkeypatch.setattr(progress, "place", lambda: path)
    restart()
    yield path
    restart()


def restart() -> None:
    """Forget what a kernel knows; what is in the file stays."""
    predict._said.clear()
    predict._offered.clear()


def kept() -> dict[str, Any]:
    return dict(progress.read()["prediction"].get(NAME, {}))


def test_without_an_answer_it_prints_the_same_and_writes_nothing(file: Path, capsys: Printed) -> None:
    predict.predict(NAME)
    predict.outcome(NAME, "refused")
    assert capsys.readouterr().out.splitlines() == [
        "Predict: Ada logs out, and a copy of `sid` is sent. What happens?",
        "  (a) It works.",
        "  (b) It is refused.",
        "  (c) It is refused later.",
        'To answer, type the letter as in predict("99-toy", "a"), and run the cell.',
        "The run shows b: It is refused.",
    ]
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("letter", ["b", "B ", "(b)"])
def test_a_right_guess(letter: str, capsys: Printed) -> None:
    predict.predict(NAME, letter)
    assert capsys.readouterr().out.endswith("You say b. Run on and see.\n")
    predict.outcome(NAME, "refused")
    assert capsys.readouterr().out == "The run shows b: It is refused.\nAs you said.\n"
    assert kept() == {"said": "refused", "run": "refused"}


def test_a_wrong_guess_gets_the_answer_to_its_own_misconception(capsys: Printed) -> None:
    predict.predict(NAME, "c")
    restart()  # a guess outlives the kernel
    capsys.readouterr()
    predict.outcome(NAME, "refused")
    assert capsys.readouterr().out.splitlines() == [
        "The run shows b: It is refused.",
        "You said c: It is refused later.",
        "What may lie behind it: An end is taken for a limit.",
        "What speaks against it: 401, at once.",
    ]


def test_a_word_that_no_option_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no option 'b'; the words are 'works', 'refused', 'later'"):
        predict.outcome(NAME, "b")


@pytest.mark.parametrize("letter", ["", "d", "ab", "1"])
def test_anything_else_is_explained(letter: str, capsys: Printed, file: Path) -> None:
    predict.predict(NAME, letter)
    assert ("type one of a, b, c." in capsys.readouterr().out) == bool(letter)
    assert not file.exists()


def test_a_name_that_nobody_registered_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no prediction is called '99-none'; there are: .*99-toy"):
        predict.predict("99-none")


def test_before_the_run_a_guess_may_change(capsys: Printed) -> None:
    predict.predict(NAME, "a")
    predict.predict(NAME)
    assert capsys.readouterr().out.endswith("You say a. Before the run you can change it.\n")
    predict.predict(NAME, "c")
    assert kept() == {"said": "later"}


def test_the_guess_before_the_run_is_the_one_that_counts(capsys: Printed) -> None:
    predict.predict(NAME, "a")
    predict.outcome(NAME, "refused")
    predict.predict(NAME, "b")
    assert "What counts is the a from before the run." in capsys.readouterr().out
    predict.predict(NAME)
    assert capsys.readouterr().out.endswith("You said a before the run. The run showed b.\n")
    assert kept() == {"said": "works", "run": "refused"}


def test_a_guess_at_an_earlier_version_of_the_question_is_not_held_against_anybody(
    file: Path, capsys: Printed
) -> None:
    progress.add(file, "prediction", NAME, {"said": "a", "run": "b"})
    predict.outcome(NAME, "refused")
    assert "You said" not in capsys.readouterr().out


def test_what_cannot_be_written_is_remembered_for_this_run(
    monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(progress, "add", full)
    predict.predict(NAME, "b")
    predict.outcome(NAME, "refused")
    printed = capsys.readouterr().out
    assert "Not remembered beyond this run: No space left on device." in printed
    assert "As you said." in printed


RIGHT = Option("yes", "Yes.")
WRONG = Option("no", "No.", misconception="It is thought so.", answer="It is not.")


@pytest.mark.parametrize(
    ("name", "question", "options", "right", "fault"),
    [
        ("toy", "Why?", (RIGHT, WRONG), "yes", "a name is"),
        ("99-Toy", "Why?", (RIGHT, WRONG), "yes", "a name is"),
        ("99-toy", " ", (RIGHT, WRONG), "yes", "no question"),
        ("99-toy", "Why?", (RIGHT,), "yes", "1 options"),
        ("99-toy", "Why?", (RIGHT, *[WRONG] * 4), "yes", "5 options"),
        ("99-toy", "Why?", (RIGHT, WRONG, WRONG), "yes", "same word"),
        ("99-toy", "Why?", (RIGHT, WRONG), "maybe", "no option has the word 'maybe'"),
        ("99-toy", "Why?", (RIGHT, Option("no", "")), "yes", "without a word or a text"),
        ("99-toy", "Why?", (RIGHT, Option("no", "No.", misconception="So.")), "yes", "'no' is wrong"),
        ("99-toy", "Why?", (RIGHT, Option("no", "No.", answer="So.")), "yes", "'no' is wrong"),
        ("99-toy", "Why?", (WRONG, Option("yes", "Yes.", answer="So.")), "yes", "'yes' is right"),
    ],
)
def test_an_incomplete_prediction_is_refused(
    name: str, question: str, options: tuple[Option, ...], right: str, fault: str
) -> None:
    with pytest.raises(ValueError, match=f"prediction {name!r}: .*{fault}"):
        Prediction(name, question, *options, right=right)


def test_every_registered_prediction_is_found_by_its_name() -> None:
    assert all(find(name).name == name for name in PREDICTIONS)
    assert [name[:2] for name in PREDICTIONS] == sorted(name[:2] for name in PREDICTIONS)


class Screen:
    """What a front end shows: the last content of each display, in order."""

    def __init__(self) -> None:
        self.shown: dict[str, dict[str, Any]] = {}
        self.display_pub = SimpleNamespace(publish=self.publish)
        self.kernel = SimpleNamespace(get_parent=lambda _: {"metadata": {"cellId": "x"}})

    def publish(self, data: dict[str, Any], *, transient: dict[str, str], update: bool = False) -> None:
        assert (transient["display_id"] in self.shown) == update
        self.shown[transient["display_id"]] = data

    @property
    def texts(self) -> list[str]:
        return [data["text/plain"] for data in self.shown.values()]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    pytest.importorskip("ipywidgets")
    made = Screen()
    monkeypatch.setattr(buttons, "notebook_shell", lambda: made)
    return made


def offered() -> Any:
    return predict._offered[NAME]._box


def test_a_click_answers_and_takes_the_buttons_away(screen: Screen) -> None:
    predict.predict(NAME)
    question, below = screen.shown.values()
    assert buttons.WIDGET in below and 'class="paper"' in question["text/html"]
    assert [button.description for button in offered().children] == [
        "(a) It works.",
        "(b) It is refused.",
        "(c) It is refused later.",
    ]
    offered().children[2].click()
    question, below = screen.shown.values()
    assert below == {"text/plain": "You say c. Run on and see."}
    assert 'class="paper"' not in question["text/html"] and "(your answer)" in question["text/html"]
    assert kept() == {"said": "later"}


def test_the_outcome_takes_buttons_away_that_nobody_clicked(screen: Screen, capsys: Printed) -> None:
    predict.predict(NAME)
    predict.outcome(NAME, "refused")
    assert [data for data in screen.shown.values() if buttons.WIDGET in data] == []
    assert screen.texts[1] == ""
    assert capsys.readouterr().out == "The run shows b: It is refused.\n"


def test_after_the_run_there_are_no_buttons(screen: Screen) -> None:
    predict.predict(NAME, "a")
    predict.outcome(NAME, "refused")
    screen.shown.clear()
    predict.predict(NAME)
    assert len(screen.shown) == 1


def test_a_program_that_runs_notebooks_gets_the_text_alone(screen: Screen) -> None:
    screen.kernel.get_parent = lambda _: {"metadata": {}}
    predict.predict(NAME)
    (question,) = screen.shown.values()
    assert set(question) == {"text/plain", "text/markdown", "text/html"}
    assert json.dumps(question).count("It is refused later.") == 3
