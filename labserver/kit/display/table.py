"""Tables: for the state, and for whatever a cell of a notebook has found out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labserver.kit.display.fingerprint import Fingerprint
from labserver.kit.display.formatting import clean, text_table
from labserver.kit.display.html import render
from labserver.kit.display.rich_text import RichText


class Table:
    """A table with a title.

    Cells are text, numbers (aligned right), True and False (yes and no), None, or a Fingerprint. Raises
    ValueError where a row has not as many cells as the head.
    """

    def __init__(self, title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.title, self.head = clean(title), list(map(clean, head))
        self.rows = [list(row) for row in rows]
        if odd := [row for row in self.rows if len(row) != len(self.head)]:
            raise ValueError(f"the head has {len(self.head)} cells, but a row has {len(odd[0])}: {odd[0]}")
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.head)
        self.right = [bool(column) and all(map(_is_number, column)) for column in columns]
        """Which columns hold numbers, and so are aligned right."""

    def __repr__(self) -> str:
        if not self.rows:
            return self.title
        return f"{self.title}\n{text_table([self.head, *self.text_rows()], self.right)}"

    def text_rows(self) -> list[list[str]]:
        """Return the rows as text."""
        return [list(map(str, row)) for row in self.cells()]

    def cells(self) -> list[list[RichText]]:
        """Return the rows as they are shown."""
        return [list(map(_shown, row)) for row in self.rows]

    def _repr_html_(self) -> str:
        return render("table.html", table=self)


def _shown(cell: Any) -> RichText:
    if isinstance(cell, RichText | Fingerprint):
        return RichText(cell)
    if cell is None:
        return RichText("–")
    return RichText(("yes" if cell else "no") if isinstance(cell, bool) else str(cell))


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)
