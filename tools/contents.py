"""Write what is said of notebooks elsewhere: `python -m tools.contents`, or `... 04` for one of them alone.

From a notebook's metadata, `"labserver": {"title": …, "minutes": …, "summary": …}`, come the tables in
README.md and in the instructor's README (without a number only: they list all notebooks). From what is in it
come its minutes (tools/minutes.py): into its metadata, its title cell and its instructor's page. From its
predictions comes the table of its instructor's page.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labserver.kit.exercises.predictions import PREDICTIONS
from labserver.runtime import command
from tools.minutes import minutes
from tools.notebook import normalise
from tools.rules import Notebook

ROOT = Path(__file__).resolve().parents[1]
_SAID = re.compile(r"\*\*\d+ minutes(?=[.,]?\*\*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One notebook, as a table shows it."""

    name: str
    title: str
    minutes: int
    summary: str

    @property
    def number(self) -> str:
        """The two digits that its name begins with."""
        return self.name[:2]


def entries(folder: Path) -> list[Entry]:
    """Read the notebooks of a folder, in order. Raises KeyError or TypeError for one without the metadata."""
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]["labserver"]
        found.append(Entry(path.stem, **metadata))
    return found


def learner_table(notebooks: list[Entry]) -> str:
    """Return the table of README.md."""
    rows = [
        f"| [{one.name}](notebooks/{one.name}.ipynb) | {one.minutes} | {one.summary} |" for one in notebooks
    ]
    total = f"| in all | {_sum(notebooks)} | |"
    return "\n".join(["| notebook | minutes | what you do |", "|---|---|---|", *rows, total])


def instructor_table(notebooks: list[Entry]) -> str:
    """Return the table of notebooks/instructor/README.md."""
    rows = []
    for one in notebooks:
        title, page = f"{one.number} · {one.title}", f"{one.number}.md"
        rows.append(f"| [{title}](../{one.name}.ipynb) | [{one.number}]({page}) | {one.minutes} |")
    total = f"| in all | | {_sum(notebooks)} |"
    return "\n".join(["| notebook | page | alone, minutes |", "|:---|:---|---:|", *rows, total])


def _sum(notebooks: list[Entry]) -> int:
    return sum(one.minutes for one in notebooks)


TABLES = {"README.md": learner_table, "notebooks/instructor/README.md": instructor_table}


def minutes_table(notebook: Notebook) -> str:
    """Return the table of minutes of an instructor's page."""
    rows = [f"| {part} | {time} |" for part, time in minutes(notebook).rows()]
    return "\n".join(["| | minutes |", "|---|---|", *rows])


def predictions_table(number: str) -> str:
    """Return the table of predictions of an instructor's page; empty where the notebook has none."""
    rows = []
    for one in PREDICTIONS.values():
        for letter, option in one.lettered.items():
            if one.notebook == number and option.misconception:
                asked = f"`{one.name}`, right: {one.letter(one.right)}"
                cells = (asked, f"{letter}, {option.text}", option.misconception, option.answer)
                rows.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    if not rows:
        return ""
    head = "| asked | often said | the misconception behind it | what to point at |"
    return "\n".join([head, "|---|---|---|---|", *rows])


def updated(text: str, table: str) -> str:
    """Replace the table that has the same head. Raises ValueError if there is not exactly one."""
    head = table.partition("\n")[0]
    old = rf"^{re.escape(head)}\n(?:\|.*\n)*"
    text, count = re.subn(old, lambda _: f"{table}\n", text, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"{count} tables begin with {head!r}")
    return text


def page(text: str, notebook: Notebook) -> str:
    """Return an instructor's page with its tables. One without a table of minutes gets it below its title."""
    table = minutes_table(notebook)
    if table.partition("\n")[0] not in text:
        title, _, rest = text.partition("\n")
        text = f"{title}\n\n{table}\n{rest}"
    text = updated(text, table)
    predictions = predictions_table(notebook.number)
    return updated(text, predictions) if predictions else text


def write_minutes(path: Path) -> None:
    """Write a notebook's minutes into its metadata and its title cell; its outputs stay."""
    nb: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    total = minutes(Notebook.read(path)).total
    nb.metadata["labserver"]["minutes"] = total
    nb.cells[0].source = _SAID.sub(f"**{total} minutes", nb.cells[0].source, count=1)
    normalise(nb)
    nbformat.write(nb, path)  # type: ignore[no-untyped-call]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.contents",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("numbers", nargs="*", metavar="NN", help="only these notebooks and their pages")
    options = parser.parse_args(argv)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        if options.numbers and path.name[:2] not in options.numbers:
            continue
        write_minutes(path)
        beside = ROOT / "notebooks" / "instructor" / f"{path.name[:2]}.md"
        text = page(beside.read_text(encoding="utf-8"), Notebook.read(path))
        beside.write_text(text, encoding="utf-8")
        print(f"{path.name}: {minutes(Notebook.read(path)).total} minutes")
    notebooks = entries(ROOT / "notebooks")
    for name, table in TABLES.items():
        if not options.numbers:
            text = updated((ROOT / name).read_text(encoding="utf-8"), table(notebooks))
            (ROOT / name).write_text(text, encoding="utf-8")
            print(f"{name}: {len(notebooks)} notebooks, {_sum(notebooks)} minutes")
    return 0


if __name__ == "__main__":
    raise SystemExit(command.run(main, "tools.contents"))
