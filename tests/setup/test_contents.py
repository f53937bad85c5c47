"""What the tables say of the notebooks comes from the notebooks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tools import contents
from tools.contents import Entry

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = contents.entries(ROOT / "notebooks")


@pytest.mark.parametrize("name", contents.TABLES)
def test_a_table_is_what_the_notebooks_say(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text == contents.updated(text, contents.TABLES[name](NOTEBOOKS)), "run: python -m tools.contents"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.number)
def test_a_notebook_says_of_itself_what_its_metadata_says(notebook: Entry) -> None:
    cells = json.loads((ROOT / "notebooks" / f"{notebook.name}.ipynb").read_text(encoding="utf-8"))["cells"]
    opening = "".join(cells[0]["source"])
    assert f"**{notebook.minutes} minutes**" in opening or f"**{notebook.minutes} minutes.**" in opening
    assert notebook.title in opening.splitlines()[0]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.number)
def test_a_notebook_has_its_page_and_what_belongs_to_its_exercises(notebook: Entry) -> None:
    assert (ROOT / "notebooks" / "instructor" / f"{notebook.number}.md").exists()
    text = (ROOT / "notebooks" / f"{notebook.name}.ipynb").read_text(encoding="utf-8")
    assert (ROOT / "notebooks" / "solutions" / f"{notebook.name}.py").exists() == bool(
        re.search(r"\bcheck\(", text)
    )


def test_a_new_notebook_is_in_both_tables_at_once(tmp_path: Path) -> None:
    entry = {"title": "Toys", "minutes": 7, "summary": "play"}
    (tmp_path / "99-toys.ipynb").write_text(json.dumps({"metadata": {"labserver": entry}}), encoding="utf-8")
    toys = contents.entries(tmp_path)
    assert "| [99-toys](notebooks/99-toys.ipynb) | 7 | play |" in contents.learner_table(toys)
    assert "| [99 · Toys](../99-toys.ipynb) | [99](99.md) | 7 |" in contents.instructor_table(toys)
    with pytest.raises(ValueError, match="0 tables"):
        contents.updated("no table", contents.learner_table(toys))
