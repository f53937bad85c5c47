"""One look for everything the kit shows: chips, escaping, durations, tables; the colours are in style/*.css.

Text travels through the kit *marked*: a credential is never in it, only a mark that becomes a chip such as
`● k7Qx9f` in plain text, HTML and SVG alike. What has been marked once cannot leak later.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class CredentialKind(NamedTuple):
    """How one kind of credential is drawn: told apart by shape, colour and word."""

    glyph: str
    css: str
    word: str


KINDS = {
    "session": CredentialKind("●", "s", "session id"),
    "access": CredentialKind("◆", "t", "access token"),
    "refresh": CredentialKind("▲", "t", "refresh token"),
    "jti": CredentialKind("◇", "t", "id of an access token (jti)"),
    "csrf": CredentialKind("■", "c", "CSRF token"),
}
_LETTERS = {name[0]: kind for name, kind in KINDS.items()}
# Two private-use characters bracket a mark; `clean` takes them out of everything that comes from outside.
MARK = re.compile("\ue000([sarjc])([A-Za-z0-9_-]{6})\ue001")
_UNSAFE = re.compile("[\ue000\ue001\x00-\x08\x0b-\x1f\x7f]")
MARK_LENGTH = 8  # a mark is shown as a glyph, a space and six characters
HIDDEN = "••••••"


def chip(credential: str) -> str:
    """Name a credential without telling it: six characters of the base64url of its SHA-256."""
    digest = hashlib.sha256(credential.encode("utf-8", "surrogateescape")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:6]


def chip_of(sha256: str) -> str:
    """Give the chip of a credential of which only the SHA-256 (in hex) is known, as in a stored row."""
    return base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode()[:6]


def mark(kind: str, credential: str) -> str:
    """Give the mark that stands for a credential in marked text."""
    return mark_chip(kind, chip(credential))


def mark_chip(kind: str, name: str) -> str:
    """Give the mark of a credential of which only the chip is known."""
    return f"\ue000{kind[0]}{name}\ue001"


def clean(text: str) -> str:
    """Make text from outside harmless: no marks of its own, no control characters, no lone surrogates."""
    return _UNSAFE.sub("�", text.encode("utf-8", "replace").decode())


def plain(marked: str) -> str:
    """Write marked text for a terminal."""
    return MARK.sub(lambda found: f"{_LETTERS[found[1]].glyph} {found[2]}", marked)


def markup(marked: str) -> str:
    """Write marked text as HTML, escaped."""
    return _render(
        marked,
        lambda kind, name: f'<span class="chip {kind.css}" title="{kind.word}">{kind.glyph} {name}</span>',
    )


def tspans(marked: str) -> str:
    """Write marked text as the content of an SVG text element, escaped."""
    return _render(marked, lambda kind, name: f'<tspan class="{kind.css}">{kind.glyph} {name}</tspan>')


def _render(marked: str, draw: Callable[[CredentialKind, str], str]) -> str:
    # split() with two groups gives text, letter, chip, text, letter, chip, ..., text
    pieces = MARK.split(marked)
    written = [html.escape(pieces[0], quote=True)]
    for letter, name, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        written += draw(_LETTERS[letter], name), html.escape(text, quote=True)
    return "".join(written)


def duration(us: float) -> str:
    """Write a time given in microseconds with its unit: `5.2 µs`, `48 µs`, `18.2 ms`, `1.3 s`."""
    for size, unit in ((1e6, "s"), (1e3, "ms")):
        if us >= size:
            return f"{us / size:.1f} {unit}"
    return f"{us:.1f} µs" if us < 10 else f"{us:.0f} µs"


def text_table(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Set rows in columns, those that `right` says to the right.

    What differs from run to run, such as a time, belongs into a last column set to the left: its width moves
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


@cache
def style(*names: str) -> str:
    """Read style sheets of ours, without their comments and line ends."""
    folder = files("labserver.kit.display") / "style"
    text = "".join((folder / f"{name}.css").read_text("utf-8") for name in names)
    return re.sub(r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def page(body: str, *sheets: str) -> str:
    """Wrap what one output shows: it brings its own small style sheet, and everything is under one class.

    `mathjax_ignore`, because JupyterLab sets what stands between two dollar signs as mathematics.
    """
    return f'<div class="labkit mathjax_ignore"><style>{style("base", *sheets)}</style>{body}</div>'
