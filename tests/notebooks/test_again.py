"""Learners run a cell again, and go back: that works, or one sentence says what to do.

Where there is a browser, it is in JupyterLab that each cell is run twice: tests/browser/test_jupyterlab.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from labserver.kit.advice import OUT_OF_TURN
from labserver.kit.failures import START_AGAIN
from tests.browser.conftest import lacking
from tests.notebooks.nbval import ROOT
from tools.notebook import CELL_TIMEOUT, KERNELSPEC

PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def cells_of(path: Path) -> list[NotebookNode]:
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run(name: str, cells: Iterable[NotebookNode], folder: Path) -> list[str]:
    """Run these cells of a notebook in one kernel, come what may; return the error of each, or ""."""
    fresh = nbformat.v4.new_code_cell
    first = fresh("import tests.notebooks.short")  # type: ignore[no-untyped-call]
    copies = [fresh(cell.source) for cell in cells]  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[first, *copies], metadata={"kernelspec": KERNELSPEC}
    )
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    client.execute(env=os.environ | {"PYTHONPATH": str(ROOT), "JPY_SESSION_NAME": name})
    errors = [_error(cell) for cell in notebook.cells]
    assert errors[0] == ""
    return errors[1:]


def _error(cell: NotebookNode) -> str:
    raised = [output for output in cell.outputs if output.output_type == "error"]
    return _ANSI.sub("", "\n".join(raised[0].traceback)) if raised else ""


if lacking():

    @pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
    def test_every_cell_can_be_run_twice_in_a_row(path: Path, tmp_path: Path) -> None:
        twice = [cell for cell in cells_of(path) for _ in range(2)]
        assert [error for error in run(path.name, twice, tmp_path) if error] == []


def test_a_cell_out_of_its_turn_works_or_says_what_to_do(tmp_path: Path) -> None:
    """One is left out at first, and after the end each is run once more, but for the first."""
    name = "00-start-here.ipynb"
    start, *rest = cells_of(ROOT / "notebooks" / name)
    _, early, *through = run(name, [start, rest[1], start, *rest, *rest], tmp_path)
    assert "NameError: name 'read' is not defined\n" in early and early.endswith(OUT_OF_TURN)
    assert not any(through[: 1 + len(rest)])
    errors = [error for error in through[1 + len(rest) :] if error]
    assert errors
    assert [error for error in errors if START_AGAIN not in error and OUT_OF_TURN not in error] == []
