"""What the tables say of the notebooks comes from the notebooks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from shutil import copy

import pytest

from labserver.kit.exercises.prediction import Option, Prediction
from labserver.kit.exercises.predictions import PREDICTIONS
from tools import contents
from tools.contents import Entry
from tools.minutes import Minutes, minutes
from tools.rules import Notebook

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
    solutions = ROOT / "notebooks" / "solutions" / notebook.name
    there = solutions.with_suffix(".py").is_file() or solutions.is_dir()
    assert there == bool(re.search(r"\b(?:check|step)\(", text))


def test_a_new_notebook_is_in_both_tables_at_once(tmp_path: Path) -> None:
    entry = {"title": "Toys", "minutes": 7, "summary": "play"}
    (tmp_path / "99-toys.ipynb").write_text(json.dumps({"metadata": {"labserver": entry}}), encoding="utf-8")
    toys = contents.entries(tmp_path)
    assert "| [99-toys](notebooks/99-toys.ipynb) | 7 | play |" in contents.learner_table(toys)
    assert "| [99 · Toys](../99-toys.ipynb) | [99](99.md) | 7 |" in contents.instructor_table(toys)
    assert contents.learner_table(toys * 2).endswith("\n| in all | 14 | |")
    assert contents.instructor_table(toys * 2).endswith("\n| in all | | 14 |")
    with pytest.raises(ValueError, match="0 tables"):
        contents.updated("no table", contents.learner_table(toys))


def read(notebook: Entry) -> Notebook:
    return Notebook.read(ROOT / "notebooks" / f"{notebook.name}.ipynb")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.number)
def test_the_minutes_follow_from_what_is_in_a_notebook(notebook: Entry) -> None:
    found = minutes(read(notebook)).total
    assert notebook.minutes == found, f"run: python -m tools.contents {notebook.number}"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.number)
def test_an_instructors_page_has_the_tables_of_its_notebook(notebook: Entry) -> None:
    text = (ROOT / "notebooks" / "instructor" / f"{notebook.number}.md").read_text(encoding="utf-8")
    assert text == contents.page(text, read(notebook)), f"run: python -m tools.contents {notebook.number}"


def test_each_part_takes_its_time_and_the_sum_is_rounded() -> None:
    found = Minutes(words=1234, cells=21, predictions=4, exercises=("02-a", "02-b"))
    assert [time for _, time in found.rows()] == [12, 10, 4, 6, 6, 40]
    assert [time for _, time in Minutes(500, 10, 0, ()).rows()] == [5, 5, 10]


def test_a_page_without_a_table_of_minutes_gets_one_and_then_keeps_it() -> None:
    notebook = read(NOTEBOOKS[0])
    once = contents.page(
        "# Title\n\nText.\n\n| asked | often said | the misconception behind it | what to point at |\n",
        notebook,
    )
    assert once.startswith("# Title\n\n| | minutes |\n|---|---|\n| ")
    assert contents.page(once, notebook) == once


def test_the_predictions_of_a_page_come_from_their_source(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Option("no", "No | never.", misconception="It is thought so.", answer="It is not.")
    toy = Prediction("98-toy", "Why?", wrong, Option("yes", "Yes."), right="yes")
    monkeypatch.setitem(PREDICTIONS, toy.name, toy)
    row = "| `98-toy`, right: b | a, No &#124; never. | It is thought so. | It is not. |"
    assert contents.predictions_table("98").splitlines()[2:] == [row]
    assert contents.predictions_table("97") == ""


def test_writing_the_minutes_changes_no_output(tmp_path: Path) -> None:
    path = tmp_path / f"{NOTEBOOKS[0].name}.ipynb"
    copy(ROOT / "notebooks" / path.name, path)
    before = Notebook.read(path)
    contents.write_minutes(path)
    after = Notebook.read(path)
    assert [cell.outputs for cell in after.cells] == [cell.outputs for cell in before.cells]
    total = minutes(after).total
    assert after.metadata["labserver"]["minutes"] == total
    assert f"**{total} minutes" in after.cells[0].source
