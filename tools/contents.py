"""Write the tables of notebooks in README.md and in the instructor's README: `python -m tools.contents`.

Their one source is each notebook's own metadata, `"labserver": {"title": …, "minutes": …, "summary": …}`:
what it is called, how long it takes, and what a learner does in it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from labserver.runtime import command

ROOT = Path(__file__).resolve().parents[1]


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
    return "\n".join(["| notebook | minutes | what you do |", "|---|---|---|", *rows])


def instructor_table(notebooks: list[Entry]) -> str:
    """Return the table of notebooks/instructor/README.md."""
    rows = []
    for one in notebooks:
        title, page = f"{one.number} · {one.title}", f"{one.number}.md"
        rows.append(f"| [{title}](../{one.name}.ipynb) | [{one.number}]({page}) | {one.minutes} |")
    return "\n".join(["| notebook | page | alone, minutes |", "|:---|:---|---:|", *rows])


TABLES = {"README.md": learner_table, "notebooks/instructor/README.md": instructor_table}


def updated(text: str, table: str) -> str:
    """Replace the table that has the same head. Raises ValueError if there is not exactly one."""
    head = table.partition("\n")[0]
    old = rf"^{re.escape(head)}\n(?:\|.*\n)*"
    text, count = re.subn(old, lambda _: f"{table}\n", text, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"{count} tables begin with {head!r}")
    return text


def main() -> int:
    """Write both tables."""
    notebooks = entries(ROOT / "notebooks")
    for name, table in TABLES.items():
        path = ROOT / name
        path.write_text(updated(path.read_text(encoding="utf-8"), table(notebooks)), encoding="utf-8")
        print(f"{name}: {len(notebooks)} notebooks")
    return 0


if __name__ == "__main__":
    raise SystemExit(command.run(main, "tools.contents"))
