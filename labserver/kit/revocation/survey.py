"""All events against all designs: how long access lasts, in one chart, and what a fast end costs.

designs = {"session": (lab, SessionId), "token, 15 min": (lab, AccessToken)}
found = survey(designs)                  # {"log out": {"session": 0, "token, 15 min": 900}, …}
chart("How long a copy is good", found)
price(lab, SessionId)                    # an hour of use, from the ledger
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from labserver.kit.display.chart import LINE, PAPER, SERIES_STYLES, rows
from labserver.kit.display.plot import Plot
from labserver.kit.display.progress import Live
from labserver.kit.lab import Lab
from labserver.kit.processes.control_client import span
from labserver.kit.revocation.credential_holders import AccessToken, CredentialHolder
from labserver.kit.revocation.time_to_revoke import EVENTS, refresh_token_used_twice, reset_after, seconds
from labserver.kit.stopped import keep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Designs = Mapping[str, tuple[Lab, type[CredentialHolder]]]
SurveyResult = Mapping[str, Mapping[str, int | None]]

AT_ONCE, NO_END = 0.5, 1e7
"""Where the axis, which is logarithmic and has no zero, puts these two."""

TICKS = (10, 60, 900, 3600, 43_200, 1_209_600)
"""Seconds that the axis names."""
PACE = 60
"""Seconds between two requests of somebody at work, when the price is counted."""


SESSION, TOKEN, STORE = (SERIES_STYLES[series_style].colour for series_style in ("session", "token", "store"))


class Mark(NamedTuple):
    """How a design is drawn: the style of its kind, its own shape, and its colours."""

    series_style: str
    marker: str
    glyph: str
    fill: str
    edge: str


MARKS = (
    Mark("session", "o", "●", SESSION, SESSION),
    Mark("token", "D", "◆", TOKEN, TOKEN),
    Mark("token", "D", "◇", PAPER, TOKEN),
    Mark("token", "s", "■", TOKEN, STORE),
    Mark("token", "^", "▲", TOKEN, TOKEN),
)
"""In the order of the designs: session, token, short-lived token, token with a denylist, refresh token."""


def survey(designs: Designs) -> dict[str, dict[str, int | None]]:
    """Measure every event on every design: {event: {design: seconds}}; None has no end.

    The labs are reset at the end. What does not exist, a session's refresh token, is left out.
    """
    pairs = [(name, design) for name in EVENTS for design in designs]
    found: dict[str, dict[str, int | None]] = {name: {} for name in EVENTS}
    number = 0
    with keep(lambda: (f"{number} of {len(pairs)} pairs", found if number else None)), Live() as live:
        for number, (name, design) in enumerate(pairs):
            live.show(number / len(pairs), f"{name}: {design}")
            lab, holder = designs[design]
            if EVENTS[name] is not refresh_token_used_twice or issubclass(holder, AccessToken):
                found[name][design] = seconds(lab, EVENTS[name], holder)
    return found


def price(lab: Lab, holder: type[CredentialHolder]) -> dict[str, int]:
    """Count an hour at work: one request every minute, and a renewal whenever one is refused.

    Then a logout. `rows_in` and `rows_out` are what the store keeps before and after it.
    """
    with reset_after(lab):
        lab.reset()
        lab.clock.hold()
        owner = holder(lab)
        counted = {"requests": 3600 // PACE, "renewals": 0, "store_reads": 0, "store_writes": 0}
        for _ in range(counted["requests"]):
            lab.clock.advance(seconds=PACE)
            if not owner.gets_in() and isinstance(owner, AccessToken):
                counted["renewals"] += owner.renew()
                _add(counted, lab, owner)
                owner.gets_in()
            _add(counted, lab, owner)
        counted["rows_in"] = len(lab.state())
        owner.do("logout")
        counted["rows_out"] = len(lab.state())
        return counted


def _add(counted: dict[str, int], lab: Lab, owner: CredentialHolder) -> None:
    cost = lab.ledger(owner.client.exchanges[-1])
    counted["store_reads"] += cost["store_reads"]
    counted["store_writes"] += cost["store_writes"]


def chart(title: str, found: SurveyResult) -> Plot:
    """Draw what `survey` found: a row for each event, a mark for each design, time on a logarithmic axis."""
    designs = list(dict.fromkeys(design for row in found.values() for design in row))
    marks = dict(zip(designs, MARKS, strict=False))
    table = [[name, *(_words(row, design) for design in designs)] for name, row in found.items()]

    def draw(axes: Axes) -> None:
        axes.set_xscale("log")
        axes.set_xlim(AT_ONCE / 3, NO_END)
        for tick in (AT_ONCE, *TICKS):
            axes.axvline(tick, color=LINE, linewidth=1, zorder=0)
        for number, row in enumerate(found.values()):
            places: dict[float, list[str]] = {}
            for design, ends in row.items():
                places.setdefault(NO_END if ends is None else ends or AT_ONCE, []).append(design)
            for turn, (place, here) in enumerate(sorted(places.items())):
                for beside, design in enumerate(here):
                    _mark(axes, place, number, 16 * (beside - (len(here) - 1) / 2), marks[design])
                if number == 0:
                    _name(axes, place, 0 if turn == 0 else turn - 1, [(marks[name], name) for name in here])
        rows(axes, list(found))
        axes.set_ylim(len(found) - 0.5, -1.9)
        axes.set_xticks((AT_ONCE, *TICKS), ["at once", *map(span, TICKS)])
        axes.set_xticks([], minor=True)

    about = "How long a copy is still good, found by moving the server's clock. The axis is logarithmic."
    return Plot(title, ["event", *designs], table, draw, about=about, height=90 + 42 * len(found))


def _words(row: Mapping[str, int | None], design: str) -> str:
    if design not in row:
        return "–"
    ends = row[design]
    return "no end" if ends is None else span(ends) if ends else "at once"


def _mark(axes: Axes, x: float, y: float, right: float, mark: Mark) -> None:
    """Draw one mark, `right` px to the right of its place: those at the same place stand side by side."""
    from matplotlib.transforms import ScaledTranslation

    beside = ScaledTranslation(right / 72, 0, axes.figure.dpi_scale_trans)
    axes.plot(
        [x],
        [y],
        mark.marker,
        markerfacecolor=mark.fill,
        markeredgecolor=mark.edge,
        markeredgewidth=2,
        markersize=9.5,
        clip_on=False,
        transform=axes.transData + beside,
    )


def _name(axes: Axes, x: float, above: int, here: list[tuple[Mark, str]]) -> None:
    """Name the marks of the first row, `above` lines above them."""
    for line, (mark, name) in enumerate(reversed(here)):
        axes.annotate(
            f"{mark.glyph} {name}",
            (x, 0),
            xytext=(-5, 14 + 18 * (above + line)),
            textcoords="offset points",
            color=SERIES_STYLES[mark.series_style].colour,
            weight="bold",
            annotation_clip=False,
        )
