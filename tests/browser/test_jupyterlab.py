"""Every notebook opens in JupyterLab and runs from top to bottom, each cell twice, as a learner's does.

A learner runs a cell again, and JupyterLab has to bear it as well as the kernel. Where there is no browser,
tests/notebooks/test_again.py runs the cells twice without it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import Lab
from tests.notebooks.samples import code, markdown, number

if TYPE_CHECKING:
    from tools.jupyterlab import Screen

PATHS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def complaints(cells: list[dict[str, Any]]) -> list[str]:
    """Name the code cells that did not run, ran out of order, or ended in an error nobody expected."""
    found = []
    count = 0
    for cell in cells:
        if cell["cell_type"] != "code" or not cell["source"]:
            continue
        count += 1
        name = "".join(cell["source"]).partition("\n")[0]
        if cell["execution_count"] != count:
            found.append(f"{name}: has the count {cell['execution_count']}, not {count}")
        expected = "raises-exception" in cell["metadata"].get("tags", ())
        errors = [output["evalue"] for output in cell["outputs"] if output["output_type"] == "error"]
        if bool(errors) != expected:
            found.append(f"{name}: {errors or 'no error, and one is expected'}")
    return found


def forget(screen: Screen) -> None:
    """Take the stored outputs of the open notebook away, so that what is read is of this run."""
    screen.clear()
    assert not any(cell.get("execution_count") for cell in screen.cells())


def run_all(screen: Screen, name: str) -> list[dict[str, Any]]:
    """Run all of a notebook by JupyterLab's own command; gives its cells."""
    with screen.opened(name):
        forget(screen)
        screen.run_all()
        return screen.cells()


def run_twice(screen: Screen, name: str) -> list[dict[str, Any]]:
    """Run each code cell of a notebook twice in a row; gives what it was like after each run."""
    with screen.opened(name):
        forget(screen)
        return [screen.run_cell(index) for index in screen.code() for _ in range(2)]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_cell_can_be_run_twice_in_a_row(path: Path, jupyterlab: Lab) -> None:
    assert complaints(jupyterlab.do(lambda screen: run_twice(screen, path.name))) == []


def test_the_command_run_all_runs_all_of_a_notebook(jupyterlab: Lab) -> None:
    assert complaints(jupyterlab.do(lambda screen: run_all(screen, PATHS[0].name))) == []


BROKEN = [
    markdown("# Broken"),
    code("0", tags=("raises-exception",)),
    code("1 / 0", tags=("raises-exception",)),
    code("1 / 0"),
    code("'never reached'"),
]


def test_what_goes_wrong_is_seen(jupyterlab: Lab) -> None:
    """A notebook with an unexpected error, and one whose expected error does not come, are both reported."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    raw = number({"cells": BROKEN, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
    for cell in raw["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
    (jupyterlab.folder / "99-broken.ipynb").write_text(json.dumps(raw), encoding="utf-8")
    problems = ["0: no error, and one is expected", "1 / 0: ['division by zero']"]
    by_command = complaints(jupyterlab.do(lambda screen: run_all(screen, "99-broken.ipynb")))
    assert by_command == [*problems, "'never reached': has the count None, not 4"]
    assert complaints(jupyterlab.do(lambda screen: run_twice(screen, "99-broken.ipynb"))) == [
        each for each in problems for _ in range(2)
    ]
