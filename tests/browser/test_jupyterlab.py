"""Every notebook opens in JupyterLab and runs from top to bottom, as a learner's does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.notebooks.samples import code, markdown, number

if TYPE_CHECKING:
    from tools.jupyterlab import Screen

PATHS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def complaints(cells: list[dict[str, Any]]) -> list[str]:
    """Name the code cells that did not run, ran out of order, or ended in an error nobody expected."""
    found = []
    count = 0
    for index, cell in enumerate(cells, 1):
        if cell["cell_type"] != "code" or not cell["source"]:
            continue
        count += 1
        if cell["execution_count"] != count:
            found.append(f"cell {index} has the count {cell['execution_count']}, not {count}")
        expected = "raises-exception" in cell["metadata"].get("tags", ())
        errors = [output["evalue"] for output in cell["outputs"] if output["output_type"] == "error"]
        if bool(errors) != expected:
            found.append(f"cell {index}: {errors or 'no error, and one is expected'}")
    return found


def run(screen: Screen, name: str) -> list[dict[str, Any]]:
    """Open a notebook, take its stored outputs away, run all of it; gives its cells."""
    screen.notebook(name)
    try:
        screen.clear()
        assert not any(cell.get("execution_count") for cell in screen.cells()), "read from this run only"
        screen.run_all()
        return screen.cells()
    finally:
        screen.close()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_runs_in_jupyterlab(path: Path, screen: Screen) -> None:
    assert complaints(run(screen, path.name)) == []


def test_what_goes_wrong_is_seen(notebooks: Path, screen: Screen) -> None:
    """A notebook with an unexpected error, and one whose expected error does not come, are both reported."""
    cells = [
        markdown("# Broken"),
        code("0", tags=("raises-exception",)),
        code("1 / 0", tags=("raises-exception",)),
        code("1 / 0"),
        code("'never reached'"),
    ]
    raw = number(
        {"cells": cells, "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}}}
    )
    for cell in raw["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
    broken = notebooks / "99-broken.ipynb"
    broken.write_text(json.dumps(raw | {"nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    assert complaints(run(screen, broken.name)) == [
        "cell 2: no error, and one is expected",
        "cell 4: ['division by zero']",
        "cell 5 has the count None, not 4",
    ]
