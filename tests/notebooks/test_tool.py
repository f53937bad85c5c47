"""The authoring tool stores what nbval can compare, the same on every machine, or leaves the file alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbformat import NotebookNode, from_dict

from tests.notebooks.samples import Raw, code, error, markdown, number, write
from tools.notebook import main, normalise, run
from tools.rules import Notebook


def small(*cells: Raw) -> Raw:
    metadata = {"kernelspec": {"name": "python3"}, "language_info": {"name": "python", "version": "3.0"}}
    return number({"cells": [*cells], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


SAMPLE = small(
    markdown("# Sample"),
    code("import os, sys\nprint('here:', sorted(os.listdir('.')))"),
    code("print('one', flush=True)\nprint('two', flush=True)\nprint('apart', file=sys.stderr)\n6 * 7"),
    code("raise ValueError('as expected')", tags=("raises-exception",)),
    code("print('one', flush=True)\nprint('two', flush=True)\nprint('apart', file=sys.stderr)\n6 * 7"),
)


def test_running_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    path = write(SAMPLE, tmp_path)
    run(path)
    first = path.read_bytes()
    built_again = json.dumps(SAMPLE).replace('"id": "cell-', '"id": "random-')
    path.write_text(built_again, encoding="utf-8")
    run(path)
    assert path.read_bytes() == first
    assert [file.name for file in tmp_path.glob("*.new")] == []

    notebook = Notebook.read(path)
    assert [cell.count for cell in notebook.code] == [1, 2, 3, 4]
    assert "here: ['02-sample.ipynb', 'glossary.md', 'picture.svg']" in notebook.code[0].output_texts()[0], (
        "the folder is its own"
    )
    assert sorted(notebook.code[1].output_texts()) == ["42", "apart\n", "one\ntwo\n"]
    assert notebook.code[2].outputs[0].kind == "error"
    assert not any(
        "/" in line and "Cell In" not in line for line in notebook.code[2].output_texts()[0].splitlines()
    )
    assert notebook.metadata["language_info"] == {"name": "python"}
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert len({cell.id for cell in notebook.cells}) == 5


def test_an_error_leaves_the_file_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(small(code("print('fine')"), code("1 / 0  # not expected")), tmp_path)
    before = path.read_bytes()
    assert main(["run", str(path)]) == 1
    shown = capsys.readouterr().err
    assert "1 / 0  # not expected" in shown and "ZeroDivisionError" in shown
    assert path.read_bytes() == before


def test_lint_says_what_it_finds_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(small(code("1")), tmp_path)
    assert main(["lint", str(path)]) == 1
    assert "opening: cell 1: does not begin with a title" in capsys.readouterr().out


def test_a_file_that_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(tmp_path / "none.ipynb")]) == 1
    assert "none.ipynb" in capsys.readouterr().err


def test_tracebacks_keep_only_what_stands_in_cells() -> None:
    frames = [
        "\x1b[31m-----",
        "ValueError",
        "\x1b[36mCell In[1]\x1b[39m, line 1",
        "\x1b[32mFile /x/y.py:3",
        "ValueError: no",
    ]
    raised = error() | {"traceback": frames}
    notebook: NotebookNode = from_dict(small(code("f()", raised)))  # type: ignore[no-untyped-call]
    normalise(notebook)
    assert notebook.cells[0].outputs[0].traceback == [frames[1], frames[2], frames[4]]
