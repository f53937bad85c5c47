"""Draw the steps of a sequence diagram as SVG. No size follows from how long a duration's text is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from labserver.kit.display.formatting import duration
from labserver.kit.display.rich_text import RichText, wrap
from labserver.kit.display.shapes import arrow, bar, bead, cross, head, lifeline, numeral
from labserver.kit.display.steps import DiagramStep

CHAR, BOLD, LINE = 7.9, 8.6, 18  # px: about the widest that 13 px text gets per character; line to line
# px: the least margin, client to client, to the server, beyond it, lane to lane there, and their rest
EDGE, BETWEEN, REACH, RIGHT, LANE, REST = 48, 112, 260, 420, 128, 36
TOP = 58
SMALLEST = 0.77  # how far a narrow cell may shrink the picture before it scrolls
RESERVED = 11  # characters kept free for a duration, whatever it says
NAME = 14  # characters of a name that fit into its lane's head


class Box(NamedTuple):
    """Where a text stands, at the widest that it can get: px from the top left."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


class Drawing(NamedTuple):
    """A picture's strokes and texts as SVG elements, its size in px, and where its texts are."""

    strokes: Markup
    width: float
    height: float
    boxes: list[Box]


def draw(clients: Mapping[str, bool], parties: Sequence[str], steps: Sequence[DiagramStep]) -> Drawing:
    """Draw the steps between these lanes. `clients` says of each whether it is an attacker."""
    picture = _Picture(clients, parties, numbered=steps[-1].number > 1)
    for step in steps:
        picture.add(step)
    height = picture.y + 14
    lives = [lifeline(x, height, evil=clients.get(name, False)) for name, x in picture.lanes.items()]
    strokes = Markup().join([*lives, *picture.lines, *picture.texts])
    return Drawing(strokes, picture.width, height, picture.boxes)


class _Picture:
    """A picture as it grows downward; `y` is where the next step begins."""

    def __init__(self, clients: Mapping[str, bool], parties: Sequence[str], *, numbered: bool) -> None:
        self.lines: list[Markup] = []  # under the texts, which must stay readable
        self.texts: list[Markup] = []
        self.boxes: list[Box] = []
        self.y: float = TOP
        self._numbered, self._evil = numbered, {name for name, evil in clients.items() if evil}
        self._begun: float = TOP
        self._beads: list[Markup] = []
        edge = self._margin(next(iter(clients)))
        self.lanes: dict[str, float] = {name: edge + BETWEEN * i for i, name in enumerate(clients)}
        self.server = edge + BETWEEN * (len(clients) - 1) + REACH
        helpers = [name for name in parties if name != "server"]
        self.width = self.server + max(RIGHT, LANE * len(helpers) + REST)
        if helpers:
            first = self.width - self._margin(helpers[-1]) - LANE * (len(helpers) - 1)
            self.lanes |= {name: first + LANE * i for i, name in enumerate(helpers)}
        self.lanes["server"] = self.server
        for name, x in self.lanes.items():
            self._head(name, x)

    def add(self, step: DiagramStep) -> None:
        """Draw one step below the last."""
        kinds = {"request": self._request, "answer": self._answer, "note": self._note}
        kinds.get(step.sort, self._call)(step)

    def _request(self, step: DiagramStep) -> None:
        x = self.lanes[step.source]
        self.y += 16 if step.number > 1 else 0
        self._label(x + 14, self.server - 8, step, mono=True)
        self.lines.append(arrow(x + 2, self.server - 6, self.y, self._series_style(step, step.source)))
        if self._numbered:
            self.texts.append(numeral(x, self.y, step.number))
        self._begun, self._beads = self.y - 8, []
        self.y += 14

    def _answer(self, step: DiagramStep) -> None:
        x = self.lanes[step.target]
        self._label(x + 14, self.server - 8, step, mono=True)
        self.lines.append(arrow(self.server - 4, x + 3, self.y, self._series_style(step, step.target)))
        self.lines += [bar(self.server, self._begun, self.y + 8, step.series_style), *self._beads]
        self.y += 20

    def _call(self, step: DiagramStep) -> None:
        x = self.lanes[step.target]
        self._label(self.server + 18, self.width - 6, step)
        self.lines.append(arrow(self.server + 6, x - 6, self.y, step.series_style))
        if step.sort == "lost":
            self.texts.append(cross(x, self.y))
        else:
            self.lines.append(bar(x, self.y - 5, self.y + 19, step.series_style))
            self.lines.append(arrow(x - 6, self.server + 7, self.y + 14, f"{step.series_style} back"))
        self.y += 26

    def _note(self, step: DiagramStep) -> None:
        self._beads.append(bead(self.server, self.y + 7, long=step.us is not None))
        self._label(self.server + 18, self.width - 6, step)
        self.y += 8

    def _label(self, left: float, right: float, step: DiagramStep, *, mono: bool = False) -> None:
        """Write the step's lines, broken where they would not fit, and leave `y` at the line under them.

        The time ends the first line of an answer, which is short, and the last line of anything else.
        """
        per_character = CHAR if step.ok or mono else BOLD
        room = int((right - left) / per_character)
        lines = [piece for line in step.lines for piece in wrap(line, room)]
        timed = -1 if step.us is None else 0 if step.sort == "answer" else len(lines) - 1
        if timed >= 0 and len(lines[timed]) + RESERVED > room:
            timed += 1
            lines.insert(timed, RichText())
        for number, line in enumerate(lines):
            css = " ".join(["m"] * mono + ["no"] * (not step.ok and (number == 0 or step.sort != "answer")))
            content, wide = line.svg(), len(line)
            if number == timed and step.us is not None:
                content += Markup('<tspan class="d">{}{}</tspan>').format(
                    " · " if line else "", duration(step.us)
                )
                wide += RESERVED
            self.texts.append(
                Markup('<text class="{}" x="{:g}" y="{:g}">{}</text>').format(css, left, self.y + 12, content)
            )
            self.boxes.append(Box(left, self.y, left + wide * per_character, self.y + LINE - 2, str(line)))
            self.y += LINE
        self.y += 4

    def _margin(self, name: str) -> float:
        """Leave room for the head of the first or the last lane."""
        return max(EDGE, self._half(name) + 5)

    def _half(self, name: str) -> float:
        """Return half the width of a lane's head; an attacker's has room for the mask."""
        return min(len(name), NAME) * 4 + 11 + (12 if name in self._evil else 0)

    def _head(self, name: str, x: float) -> None:
        shown = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
        evil, half = name in self._evil, self._half(name)
        left, right = x - half, x + half
        self.texts.append(head(left, right, x + (12 if evil else 0), shown, evil=evil))
        self.boxes.append(Box(left, 8, right, 42, shown))

    def _series_style(self, step: DiagramStep, client: str) -> str:
        return f"{step.series_style} evil" if client in self._evil else step.series_style
