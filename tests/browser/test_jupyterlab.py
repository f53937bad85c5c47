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


def run(screen: Screen, name: str) -> list[dict[str, Any]]:
    """Open a notebook, run all of it with each code cell twice; gives its cells, the copies among them."""
    with screen.opened(name):
        screen.clear()
        screen.double()
        assert not any(cell.get("execution_count") for cell in screen.cells()), "read from this run only"
        screen.run_all()
        return screen.cells()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_cell_can_be_run_twice_in_a_row(path: Path, jupyterlab: Lab) -> None:
    cells = jupyterlab.do(lambda screen: run(screen, path.name))
    assert complaints(cells) == []
    stored = json.loads(path.read_text(encoding="utf-8"))["cells"]
    twice = [cell for cell in stored for _ in range(2 if cell["cell_type"] == "code" else 1)]
    assert [cell["source"] for cell in cells] == ["".join(cell["source"]) for cell in twice]


BROKEN = [
    markdown("# Broken"),
    code("0", tags=("raises-exception",)),
    code("1 / 0", tags=("raises-exception",)),
    code("seen = 1 / ('seen' not in dir())"),
    code("'never reached'"),
]


def test_what_goes_wrong_is_seen(jupyterlab: Lab) -> None:
    """An error that only comes when a cell is run again, and an expected one that does not come."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    raw = number({"cells": BROKEN, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
    for cell in raw["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
    (jupyterlab.folder / "99-broken.ipynb").write_text(json.dumps(raw), encoding="utf-8")
    assert complaints(jupyterlab.do(lambda screen: run(screen, "99-broken.ipynb"))) == [
        "0: no error, and one is expected",
        "0: no error, and one is expected",
        "seen = 1 / ('seen' not in dir()): ['division by zero']",
        "'never reached': has the count None, not 7",
        "'never reached': has the count None, not 8",
    ]
