"""One look for everything the kit shows: colours, chips, escaping, durations.

Text travels through the kit *marked*: a credential is never in it, only a mark that becomes a chip such as `● k7Qx9f` in
plain text, HTML and SVG alike. What has been marked once cannot leak later.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable
from typing import NamedTuple


class Kind(NamedTuple):
    """How one kind of credential is drawn: told apart by shape, colour and word."""

    glyph: str
    css: str
    word: str


KINDS = {
    "session": Kind("●", "s", "session id"),
    "access": Kind("◆", "t", "access token"),
    "refresh": Kind("▲", "t", "refresh token"),
    "family": Kind("△", "t", "refresh family"),
    "jti": Kind("◇", "t", "id of an access token (jti)"),
    "csrf": Kind("■", "c", "CSRF token"),
}
_LETTERS = {name[0]: kind for name, kind in KINDS.items()}
# Two private-use characters bracket a mark; `clean` takes them out of everything that comes from outside.
MARK = re.compile("\ue000([sarfjc])([A-Za-z0-9_-]{6})\ue001")
_UNSAFE = re.compile("[\ue000\ue001\x00-\x08\x0b-\x1f\x7f]")
MARK_LENGTH = 8  # a mark is shown as a glyph, a space and six characters
HIDDEN = "••••••"

# light-dark() gives both themes in one line; `color-scheme` picks: JupyterLab's theme first, else the reader's system.
CSS = """
.labkit{color-scheme:light dark;--ink:light-dark(#1f2430,#e7eaf0);--soft:light-dark(#586172,#a3adbd);
--line:light-dark(#d9dee7,#353c4a);--paper:var(--jp-layout-color0,light-dark(#fff,#12151b));
--card:light-dark(#f7f8fb,#1a1f28);--session:light-dark(#006aa6,#6cb8ea);--session-bg:light-dark(#e3f1fa,#12303f);
--token:light-dark(#ad4500,#ff9a5c);--token-bg:light-dark(#fdeadf,#3d2415);--store:light-dark(#00735a,#4fd1a5);
--store-bg:light-dark(#dff3ec,#10332a);--evil:light-dark(#963a75,#e59ac6);--evil-bg:light-dark(#f8e6f1,#3a1f31);
--sans:var(--jp-ui-font-family,system-ui,sans-serif);--mono:var(--jp-code-font-family,ui-monospace,monospace);
background:var(--paper);color:var(--ink);font:14px/1.55 var(--sans);max-width:960px;margin:.4em 0}
[data-jp-theme-light="true"] .labkit{color-scheme:light}
[data-jp-theme-light="false"] .labkit,[data-vscode-theme-kind="vscode-dark"] .labkit{color-scheme:dark}
.labkit .chip{font:600 .86em/1.5 var(--mono);padding:.1em .45em;border-radius:.45em;white-space:nowrap}
.labkit .s{color:var(--session);background:var(--session-bg)}.labkit .t{color:var(--token);background:var(--token-bg)}
.labkit .c{color:var(--soft);background:var(--card);box-shadow:inset 0 0 0 1px var(--line)}
.labkit .st{color:var(--store);background:var(--store-bg)}.labkit .e{color:var(--evil);background:var(--evil-bg)}
.labkit .dim{color:var(--soft)}.labkit .alt{display:none}
"""
TABLE_CSS = """
.labkit.labkit table{border-collapse:collapse;width:100%;margin:0 0 .6em;font-size:14px;table-layout:auto}
.labkit.labkit caption{caption-side:top;text-align:left;font:600 12px/1.4 var(--sans);color:var(--soft);padding:.2em 0 .4em}
.labkit.labkit :is(th,td){text-align:right;padding:.4em .7em;border:0;border-bottom:1px solid var(--line);
vertical-align:baseline;white-space:normal;max-width:none}
.labkit.labkit :is(th,td).l{text-align:left}.labkit.labkit th{font-weight:400}
.labkit.labkit thead th{font:600 12.5px/1.35 var(--sans);color:var(--soft);vertical-align:bottom}
.labkit.labkit tbody tr:nth-child(n){background:none}.labkit .zero{color:var(--soft)}.labkit .hot{font-weight:700}
.labkit .now{white-space:nowrap}.labkit code{font:.93em var(--mono);background:none;color:inherit;padding:0}
"""


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


def _render(marked: str, draw: Callable[[Kind, str], str]) -> str:
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


def text_table(rows: list[list[str]], left: int = 1) -> str:
    """Set rows in columns, the first `left` to the left, the others to the right, the last one as it comes.

    The last column is for what differs from run to run, such as a time: its width moves nothing.
    """
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(w) if i < left else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join([*cells[:-1], row[-1]]).rstrip())
    return "\n".join(lines)


def page(body: str, css: str = "") -> str:
    """Wrap what one output shows: its own small style sheet, everything under one class."""
    return f'<div class="labkit"><style>{(CSS + css).strip()}</style>{body}</div>'
