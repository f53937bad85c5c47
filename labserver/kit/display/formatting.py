"""Write values as text: times with their units, columns, text from outside made harmless."""

from __future__ import annotations

import re
from collections.abc import Sequence

HIDDEN = "••••••"
"""What stands in place of a password."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def clean(text: str) -> str:
    """Make text from outside harmless: without control characters and lone surrogates."""
    return _CONTROL.sub("�", text.encode("utf-8", "replace").decode())


def duration(us: float) -> str:
    """Write a time given in microseconds with its unit: `5.2 µs`, `48 µs`, `18.2 ms`, `1.3 s`."""
    for size, unit in ((1e6, "s"), (1e3, "ms")):
        if us >= size:
            return f"{us / size:.1f} {unit}"
    return f"{us:.1f} µs" if us < 10 else f"{us:.0f} µs"


def text_table(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Set rows in columns, aligned right where `right` is true.

    What differs from run to run, such as a time, belongs in a last column aligned left: its width moves
    nothing.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        lines.append(
            "  ".join(cell.rjust(wide) if far else cell.ljust(wide) for cell, wide, far in cells).rstrip()
        )
    return "\n".join(lines)
