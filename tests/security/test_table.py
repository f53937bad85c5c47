"""docs/security.md and the tests of this folder are one table: each side has what the other has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.conftest import ROOT

ROWS = {"S": 8, "T": 13, "R": 5, "P": 6, "C": 6, "V": 10, "L": 6}
IDS = [f"{letter}{number + 1}" for letter, count in ROWS.items() for number in range(count)]
STATES = ("met", "not applicable", "deviates")


def published() -> dict[str, tuple[str, str, set[str]]]:
    """Read the table: {id: (requirement, state, names of tests)}."""
    rows = {}
    for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[A-Z]\d+", cells[0]):
            _, _, requirement, state, tests = cells
            assert cells[0] not in rows, f"{cells[0]} stands twice"
            rows[cells[0]] = (requirement, state, set(re.findall(r"`(\w+)`", tests)))
    return rows


def written() -> dict[str, set[str]]:
    """List the tests that are named after a row: {id: names}."""
    found: dict[str, set[str]] = {one: set() for one in IDS}
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (row := re.match(r"test_([A-Z]\d+)_", node.name)):
                found[row[1]].add(node.name)
    return found


def test_every_row_is_published_in_order() -> None:
    assert list(published()) == IDS


def test_every_row_has_its_tests_and_every_test_its_row() -> None:
    assert {one: tests for one, (_, _, tests) in published().items()} == written()
    assert all(written().values())


def test_every_row_says_how_it_stands() -> None:
    for one, (requirement, state, _) in published().items():
        assert requirement, one
        word = state.split(":")[0]
        assert word in STATES, one
        assert word == "met" or len(state) > len(word) + 20, f"{one} says why"
