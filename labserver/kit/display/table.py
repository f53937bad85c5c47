"""Tables: for the state, and for whatever a cell of a notebook has found out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labserver.kit.display.formatting import clean, mark, markup, page, plain, text_table

_FLOWS = {"session": "s", "token": "t"}


class Chip:
    """The short name of a credential, to print or to put into a table; it never tells the credential."""

    def __init__(self, kind: str, credential: str) -> None:
        self.mark = mark(kind, credential)

    def __str__(self) -> str:
        return plain(self.mark)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chip) and self.mark == other.mark

    def __hash__(self) -> int:
        return hash(self.mark)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return page(markup(self.mark))


class Table:
    """A table with a title.

    Cells are text, numbers (set to the right), True and False (yes and no), None, or a Chip.
    """

    def __init__(self, title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.title, self.head, self.rows = title, list(head), [list(row) for row in rows]
        if odd := [row for row in self.rows if len(row) != len(self.head)]:
            raise ValueError(f"the head has {len(self.head)} cells, but a row has {len(odd[0])}: {odd[0]}")
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.head)
        self._right = [bool(column) and all(map(_is_number, column)) for column in columns]

    def __repr__(self) -> str:
        if not self.rows:
            return plain(_marked(self.title))
        return f"{plain(_marked(self.title))}\n{text_table([self.head, *self.text_rows()], self._right)}"

    def text_rows(self) -> list[list[str]]:
        """Give the rows as text."""
        return [[plain(_marked(cell)) for cell in row] for row in self.rows]

    def _repr_html_(self) -> str:
        return page(self.markup(), "table")

    def markup(self, *, caption: bool = True) -> str:
        """Write the table as HTML, to stand within an output."""
        heads = "".join(self._cell("th", i, _head(name), ' scope="col"') for i, name in enumerate(self.head))
        body = "".join(f"<tr>{self._row(row)}</tr>" for row in self.rows)
        rows = f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>" if self.rows else ""
        title = f"<caption>{markup(_marked(self.title))}</caption>" if caption else ""
        return f"<table>{title}{rows}</table>"

    def _row(self, row: list[Any]) -> str:
        first, *others = [markup(_marked(cell)) for cell in row]
        cells = [self._cell("td", i, cell) for i, cell in enumerate(others, 1)]
        return self._cell("th", 0, first, ' scope="row"') + "".join(cells)

    def _cell(self, tag: str, column: int, content: str, more: str = "") -> str:
        css = "" if self._right[column] else ' class="l"'
        return f"<{tag}{more}{css}>{content}</{tag}>"


class Marked(str):
    """Text that is marked already, and safe."""

    __slots__ = ()


def _marked(cell: Any) -> str:
    if isinstance(cell, Marked):
        return cell
    if isinstance(cell, Chip):
        return cell.mark
    if cell is None:
        return "–"
    return clean(("yes" if cell else "no") if isinstance(cell, bool) else str(cell))


def _head(name: str) -> str:
    css = _FLOWS.get(name)
    return f'<span class="chip {css}">{name}</span>' if css else markup(_marked(name))


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)
