"""The grid's methods send what they say, and its table says what each row follows."""

from __future__ import annotations

import pytest

from labserver.kit import grid
from labserver.kit.lab import Lab
from labserver.kit.processes.in_process import InProcessServer

pytestmark = pytest.mark.usefixtures("quick_passwords")

CELLS = {str(cell): cell for cell in grid.CELLS}


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ([1, 1, 0, 0], "the kind"),
        ([1, 0, 1, 0], "the carrier"),
        ([1, 2, 3, 4], "both"),
        ([1, 1, 1, 1], "neither"),
    ],
)
def test_a_row_follows_what_it_changes_with(row: list[int], what: str) -> None:
    assert grid.follows(row) == what


def test_a_table_has_a_column_for_each_cell_and_what_the_rows_follow() -> None:
    columns: dict[str, grid.Properties] = {"opaque": {"reads": 1}, "jwt": {"reads": 0}}
    table = grid.table(
        "Two", {"a": columns["opaque"], "b": columns["opaque"], "c": columns["jwt"], "d": columns["jwt"]}
    )
    assert table.head == ["property", "a", "b", "c", "d", "follows"]
    assert table.rows == [["reads", 1, 1, 0, 0, "the kind"]]


def test_a_forged_change_needs_a_defence_where_it_got_in_too() -> None:
    with Lab(InProcessServer(weak="no-csrf")) as naive:
        found = {name: cell.properties(naive)["needs a CSRF defence"] for name, cell in CELLS.items()}
    assert found == {"opaque/cookie": True, "opaque/header": False, "jwt/cookie": True, "jwt/header": False}
