"""Draw the steps of a sequence diagram as SVG. Sizes follow the text that is always the same, never a duration's."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

from labserver.kit.client import ATTACKERS
from labserver.kit.look import MARK, MARK_LENGTH, duration, tspans
from labserver.kit.steps import Step

CHAR, LINE = 7.9, 18  # px: about the widest that 13 px text gets per character, and from line to line
EDGE, BETWEEN, REACH, RIGHT, LANE = 76, 112, 270, 410, 132  # px between lanes
RESERVED = 11  # characters kept free for a duration, whatever it says
TOP = 58

SVG_CSS = """
.labkit svg{display:block;width:100%;height:auto}
.labkit svg text{font:13px var(--sans);fill:var(--ink);stroke:var(--paper);stroke-width:5px;paint-order:stroke;
stroke-linejoin:round}.labkit svg .m{font-family:var(--mono);font-size:12.5px}
.labkit svg .h{font-size:13.5px;font-weight:600;stroke:none;text-anchor:middle}
.labkit svg .n{font-size:11.5px;font-weight:600;stroke:none;text-anchor:middle;fill:var(--soft)}
.labkit tspan{font:650 12.5px var(--mono)}.labkit tspan.d{font:13px var(--sans);fill:var(--soft)}
.labkit tspan.s{fill:var(--session)}.labkit tspan.t{fill:var(--token)}.labkit tspan.c{fill:var(--soft)}
.labkit svg .no{font-weight:700}.labkit svg .life{stroke:var(--line)}.labkit svg .box{fill:var(--card);stroke:var(--line)}
.labkit svg path{fill:none;stroke-width:2;stroke:var(--soft);stroke-linecap:round;stroke-linejoin:round}
.labkit svg path.session{stroke:var(--session)}.labkit svg path:is(.token,.signer){stroke:var(--token)}
.labkit svg path.store{stroke:var(--store)}.labkit svg path.evil{stroke:var(--evil)}
.labkit svg path.token{stroke-dasharray:7 5;stroke-linecap:butt}.labkit svg path.back{stroke-dasharray:1 5}
.labkit svg path.tip{stroke-dasharray:none}.labkit svg path.cross{stroke:var(--ink);stroke-width:2.5}
.labkit svg .bar{fill:var(--soft)}.labkit svg .bar.session{fill:var(--session)}
.labkit svg .bar:is(.token,.signer){fill:var(--token)}.labkit svg .bar.store{fill:var(--store)}
.labkit svg .box.evil{fill:var(--evil-bg);stroke:var(--evil)}.labkit svg text.evil{fill:var(--evil)}
.labkit svg path.mask{fill:var(--evil);stroke:none;fill-rule:evenodd}
"""


class Box(NamedTuple):
    """Where a text stands, at the widest that it can get: px from the top left."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


class Drawing(NamedTuple):
    """A picture, its size, and where its texts are."""

    svg: str
    width: float
    height: float
    boxes: list[Box]


def draw(
    clients: Sequence[str], parties: Sequence[str], steps: Sequence[Step], title: str, text: str
) -> Drawing:
    """Draw the steps between these lanes. `text` says the same as the picture, for those who cannot see it."""
    picture = _Picture(clients, parties)
    for before, step in zip([None, *steps], steps, strict=False):
        if before and before.number != step.number:
            picture.y += 16
        picture.step(step, numbered=steps[-1].number > 1)
    height = picture.y + 14
    lives = "".join(
        f'<path class="life {"evil" if name in ATTACKERS else ""}" d="M{x:g} 42V{height:g}"/>'
        for name, x in picture.lanes.items()
    )
    svg = (
        f'<svg class="labkit" role="img" viewBox="0 0 {picture.width:g} {height:g}" '
        f'style="max-width:{picture.width:g}px"><title>{html.escape(title)}</title><desc>{html.escape(text)}</desc>'
        f"{lives}{''.join(picture.under)}{''.join(picture.over)}</svg>"
    )
    return Drawing(svg, picture.width, height, picture.boxes)


class _Picture:
    """A picture as it grows downward; `y` is where the next step begins."""

    def __init__(self, clients: Sequence[str], parties: Sequence[str]) -> None:
        self.under: list[str] = []  # lines and bars, which texts must stay readable over
        self.over: list[str] = []
        self.boxes: list[Box] = []
        self.y: float = TOP
        self.lanes = {name: EDGE + BETWEEN * i for i, name in enumerate(clients)}
        server = EDGE + BETWEEN * (len(clients) - 1) + REACH
        self.server = float(server)
        helpers = [name for name in parties if name != "server"]
        self.width = max(server + RIGHT, server + LANE * len(helpers) + EDGE) if helpers else server + RIGHT
        self.lanes["server"] = server
        first = self.width - EDGE - LANE * (len(helpers) - 1)
        self.lanes |= {name: first + LANE * i for i, name in enumerate(helpers)}
        self._opened: float = TOP
        for name, x in self.lanes.items():
            self._head(name, x)

    def step(self, step: Step, numbered: bool) -> None:
        """Add one step below the last."""
        if step.sort == "request":
            self._request(step, numbered)
        elif step.sort == "answer":
            self._answer(step)
        elif step.sort == "call":
            self._call(step)
        else:
            self._note(step)

    def _request(self, step: Step, numbered: bool) -> None:
        x = self.lanes[step.source]
        self._label(x + 14, self.server - 8, step, mono=True)
        if numbered:
            self.under.append(f'<circle class="box" cx="{x:g}" cy="{self.y:g}" r="9"/>')
            self.over.append(f'<text class="n" x="{x:g}" y="{self.y + 4:g}">{step.number}</text>')
        self._arrow(x + (10 if numbered else 2), self.server - 6, self._tone(step, step.source))
        self._opened = self.y - 8
        self.y += 14

    def _answer(self, step: Step) -> None:
        x = self.lanes[step.target]
        self._label(x + 14, self.server - 8, step, mono=True)
        self._arrow(self.server - 4, x + 3, self._tone(step, step.target))
        self.under.insert(0, self._bar(self.server, self._opened, self.y + 8, step.tone))
        if not step.ok:
            self._cross(x + 18)
        self.y += 20

    def _call(self, step: Step) -> None:
        x = self.lanes[step.target]
        self._label(self.server + 18, self.width - 6, step)
        self._arrow(self.server + 6, x - 6, step.tone)
        self.under.append(self._bar(x, self.y - 5, self.y + 19, step.tone))
        if step.ok:
            self.y += 14
            self._arrow(x - 6, self.server + 7, f"{step.tone} back")
        else:
            self._cross(x - 22)
            self.y += 14
        self.y += 12

    def _note(self, step: Step) -> None:
        top = self.y
        self._label(self.server + 18, self.width - 6, step)
        if step.us is not None:
            self.under.append(
                f'<path class="{step.tone} tip" d="M{self.server + 9:g} {top + 3:g}V{self.y - 2:g}"/>'
            )
        self.y += 8

    def _label(self, left: float, right: float, step: Step, *, mono: bool = False) -> None:
        """Write the step's lines, broken where they would not fit, and leave `y` at the line under them."""
        room = int((right - left) / CHAR)
        lines = [piece for line in step.lines for piece in wrap(line, room)]
        if step.us is not None and shown_length(lines[-1]) + RESERVED > room:
            lines.append("")
        for number, line in enumerate(lines):
            last = number == len(lines) - 1
            time = (
                f'<tspan class="d">{" · " if line else ""}{duration(step.us)}</tspan>'
                if last and step.us is not None
                else ""
            )
            css = " ".join(["m"] * mono + ["no"] * (not step.ok and number == 0))
            self.over.append(
                f'<text class="{css}" x="{left:g}" y="{self.y + 12:g}">{tspans(line)}{time}</text>'
            )
            wide = (shown_length(line) + (RESERVED if time else 0)) * CHAR
            self.boxes.append(Box(left, self.y, left + wide, self.y + LINE - 2, line))
            self.y += LINE
        self.y += 4

    def _arrow(self, start: float, end: float, css: str) -> None:
        back = 7 if end < start else -7
        self.under.append(
            f'<path class="{css}" d="M{start:g} {self.y:g}H{end:g}"/>'
            f'<path class="{css} tip" d="M{end + back:g} {self.y - 5:g}L{end:g} {self.y:g}L{end + back:g} {self.y + 5:g}"/>'
        )

    def _cross(self, x: float) -> None:
        y = self.y
        self.over.append(
            f'<path class="cross" d="M{x - 5:g} {y - 5:g}L{x + 5:g} {y + 5:g}M{x - 5:g} {y + 5:g}L{x + 5:g} {y - 5:g}"/>'
        )

    @staticmethod
    def _bar(x: float, top: float, bottom: float, tone: str) -> str:
        return (
            f'<rect class="bar {tone}" x="{x - 4:g}" y="{top:g}" width="8" height="{bottom - top:g}" rx="4"/>'
        )

    @staticmethod
    def _tone(step: Step, client: str) -> str:
        return f"{step.tone} evil" if client in ATTACKERS else step.tone

    def _head(self, name: str, x: float) -> None:
        evil = name in ATTACKERS
        shown = name if len(name) <= 14 else name[:13] + "…"
        wide = len(shown) * 8.2 + (46 if evil else 26)
        css = " evil" if evil else ""
        self.over.append(
            f'<rect class="box{css}" x="{x - wide / 2:g}" y="8" width="{wide:g}" height="34" rx="9"/>'
            f'<text class="h{css}" x="{x + (11 if evil else 0):g}" y="30">{html.escape(shown)}</text>'
        )
        if evil:
            self.over.append(_mask(x - wide / 2 + 11, 18))
        self.boxes.append(Box(x - wide / 2, 8, x + wide / 2, 42, shown))


def _mask(x: float, y: float) -> str:
    """Draw a domino mask, 20 px wide: an attacker is told by more than a colour."""
    return (
        f'<path class="mask" transform="translate({x:g} {y:g})" d="M0 3C3 0 7 1 10 3C13 1 17 0 20 3C20 9 17 13 14 13'
        f'C12 13 11 11 10 9C9 11 8 13 6 13C3 13 0 9 0 3ZM3 6C4 9 7 9 8 7C7 5 5 4 3 6ZM17 6C16 9 13 9 12 7C13 5 15 4 17 6Z"/>'
    )


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
