"""The strokes of a sequence diagram, as SVG, and the breaking of its lines. Lengths are in px."""

from __future__ import annotations

import re

from labserver.kit.display.formatting import MARK, MARK_LENGTH

# Two eyes in one outline: an attacker is told by more than a colour.
_MASK = (
    "M0 3C3 0 7 1 10 3C13 1 17 0 20 3C20 9 17 13 14 13C12 13 11 11 10 9C9 11 8 13 6 13C3 13 0 9 0 3Z"
    "M3 6C4 9 7 9 8 7C7 5 5 4 3 6ZM17 6C16 9 13 9 12 7C13 5 15 4 17 6Z"
)


def arrow(start: float, end: float, y: float, css: str) -> str:
    """Draw a level arrow from one x to another."""
    back = 7 if end < start else -7
    tip = f"M{end + back:g} {y - 5:g}L{end:g} {y:g}L{end + back:g} {y + 5:g}"
    return f'<path class="{css}" d="M{start:g} {y:g}H{end:g}"/><path class="{css} tip" d="{tip}"/>'


def cross(x: float, y: float) -> str:
    """Draw the sign of a refusal."""
    return f'<path class="cross" d="M{x - 5:g} {y - 5:g}l10 10m-10 0l10 -10"/>'


def bar(x: float, top: float, bottom: float, series_style: str) -> str:
    """Draw a party at work, from one y to another."""
    height = bottom - top
    return (
        f'<rect class="bar {series_style}" x="{x - 4:g}" y="{top:g}" width="8" height="{height:g}" rx="4"/>'
    )


def bead(x: float, y: float, *, long: bool) -> str:
    """Draw a thing done on a party's own bar; a long one took a time worth telling."""
    height = 13 if long else 4
    return f'<rect class="bead" x="{x - 2:g}" y="{y - height / 2:g}" width="4" height="{height}" rx="2"/>'


def numeral(x: float, y: float, number: int) -> str:
    """Draw the number of an exchange where it begins."""
    circle = f'<circle class="box" cx="{x:g}" cy="{y:g}" r="9"/>'
    return f'{circle}<text class="n" x="{x:g}" y="{y + 4:g}">{number}</text>'


def mask(x: float, y: float) -> str:
    """Draw a domino mask, 20 px wide."""
    return f'<path class="mask" transform="translate({x:g} {y:g})" d="{_MASK}"/>'


def shown_length(marked: str) -> int:
    """Count the characters that marked text shows."""
    return len(MARK.sub("x" * MARK_LENGTH, marked))


def wrap(marked: str, room: int) -> list[str]:
    """Break marked text into lines of at most `room` characters; a longer word loses its middle."""
    lines = [""]
    for word in re.split(r" +", marked):
        short = word if shown_length(word) <= room else _shorten(word, room)
        if lines[-1] and shown_length(lines[-1]) + 1 + shown_length(short) > room:
            lines.append(short)
        else:
            lines[-1] = f"{lines[-1]} {short}" if lines[-1] else short
    return lines


def _shorten(word: str, room: int) -> str:
    """Cut the middle out of a word; marks in it go first, since half a mark is none."""
    bare = MARK.sub("…", word)
    if len(bare) <= room:
        return bare
    half = max(1, (room - 1) // 2)
    return f"{bare[:half]}…{bare[-half:]}"
