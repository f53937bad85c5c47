"""The strokes of a sequence diagram, as SVG. Lengths are in px."""

from __future__ import annotations

from markupsafe import Markup

_MASK = (
    "M0 3C3 0 7 1 10 3C13 1 17 0 20 3C20 9 17 13 14 13C12 13 11 11 10 9C9 11 8 13 6 13C3 13 0 9 0 3Z"
    "M3 6C4 9 7 9 8 7C7 5 5 4 3 6ZM17 6C16 9 13 9 12 7C13 5 15 4 17 6Z"
)
"""Two eyes in one outline: an attacker is marked by more than a colour."""


def arrow(start: float, end: float, y: float, css: str) -> Markup:
    """Draw a level arrow from one x to another."""
    back = 7 if end < start else -7
    return Markup(
        '<path class="{css}" d="M{start:g} {y:g}H{end:g}"/>'
        '<path class="{css} tip" d="M{tail:g} {top:g}L{end:g} {y:g}L{tail:g} {bottom:g}"/>'
    ).format(css=css, start=start, end=end, y=y, tail=end + back, top=y - 5, bottom=y + 5)


def cross(x: float, y: float) -> Markup:
    """Draw the sign of a refusal."""
    return Markup('<path class="cross" d="M{:g} {:g}l10 10m-10 0l10 -10"/>').format(x - 5, y - 5)


def bar(x: float, top: float, bottom: float, series_style: str) -> Markup:
    """Draw a party at work, from one y to another."""
    return Markup('<rect class="bar {}" x="{:g}" y="{:g}" width="8" height="{:g}" rx="4"/>').format(
        series_style, x - 4, top, bottom - top
    )


def bead(x: float, y: float, *, long: bool) -> Markup:
    """Draw something that a party does by itself; `long` if its duration is shown."""
    height = 13 if long else 4
    return Markup('<rect class="bead" x="{:g}" y="{:g}" width="4" height="{}" rx="2"/>').format(
        x - 2, y - height / 2, height
    )


def numeral(x: float, y: float, number: int) -> Markup:
    """Draw the number of an exchange where it begins."""
    return Markup(
        '<circle class="box" cx="{:g}" cy="{:g}" r="9"/><text class="n" x="{:g}" y="{:g}">{}</text>'
    ).format(x, y, x, y + 4, number)


def lifeline(x: float, bottom: float, *, evil: bool) -> Markup:
    """Draw the line below a party's head."""
    return Markup('<path class="life{}" d="M{:g} 42V{:g}"/>').format(" evil" if evil else "", x, bottom)


def head(left: float, right: float, middle: float, name: str, *, evil: bool) -> Markup:
    """Draw a party's head: its name in a box, with a mask if it is an attacker."""
    css = "evil" if evil else ""
    return Markup(
        '<rect class="box {css}" x="{left:g}" y="8" width="{width:g}" height="34" rx="9"/>'
        '<text class="h {css}" x="{middle:g}" y="30">{name}</text>{mask}'
    ).format(
        css=css,
        left=left,
        width=right - left,
        middle=middle,
        name=name,
        mask=mask(left + 11, 18) if evil else "",
    )


def mask(x: float, y: float) -> Markup:
    """Draw a domino mask, 20 px wide."""
    return Markup('<path class="mask" transform="translate({:g} {:g})" d="{}"/>').format(x, y, _MASK)
