"""What a server carried: requests a second over the number of users, in words and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from labserver.formats.reports import RequestLoad
from labserver.kit.display import chart
from labserver.kit.display.formatting import duration
from labserver.kit.display.plot import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FULL = 0.85
"""A share of a core above which Locust itself may have been the limit."""


@dataclass(frozen=True)
class Point:
    """What a number of users of one flow got. Spans are the server's own medians in microseconds."""

    flow: str
    users: int
    seconds: float
    requests: int
    errors: int
    wrong: str | None
    """The first thing that went wrong."""

    spans: dict[str, float]
    """auth (the check), store, crypto, total; empty where the server does not say, as out of lab mode."""

    by_request: dict[str, RequestLoad]
    """{"GET /session/me": {"requests": …, "errors": …, "spans": {…}}, …}"""

    engine: float
    """How busy Locust was: 1 is a whole core."""

    rates: Sequence[float] = ()
    """Requests a second in each slice."""

    @property
    def rate(self) -> float:
        """Requests a second, of all slices together."""
        return self.requests / self.seconds

    @property
    def typical(self) -> float:
        """Requests a second in the middle slice: what a busy moment of the machine does not move."""
        return median(self.rates) if self.rates else self.rate

    @property
    def limited(self) -> bool:
        """Whether Locust, rather than the server, may have been the limit."""
        return self.engine > FULL


class Load:
    """What a server carried: `load["session", 8]` is one Point, `load.points` are all."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = list(points)
        self.flows = list(dict.fromkeys(point.flow for point in points))
        self.users = sorted({point.users for point in points})

    def __getitem__(self, which: tuple[str, int]) -> Point:
        for point in self.points:
            if (point.flow, point.users) == which:
                return point
        raise KeyError(f"no {which[0]} with {which[1]} users: there are {self.flows} with {self.users}")

    def at(self, flow: str, users: int) -> Point:
        """Return the point of a flow with this number of users. Raises KeyError if there is none."""
        return self[flow, users]

    @property
    def errors(self) -> int:
        """How many requests, of all, were not answered as they should."""
        return sum(point.errors for point in self.points)

    def best(self, flow: str) -> Point:
        """Return the point with the most requests a second."""
        return max((point for point in self.points if point.flow == flow), key=lambda point: point.rate)

    @property
    def verdict(self) -> str:
        """The result in a sentence."""
        rates = ", ".join(f"{number(self.best(flow).rate)} ({flow})" for flow in self.flows)
        wrong = next((point.wrong for point in self.points if point.wrong), None)
        errors = f"{self.errors:,} errors, the first: {wrong}" if self.errors else "no errors"
        return f"At the most, requests/s were {rates}; {errors}."

    @property
    def checks(self) -> str:
        """How long a check took by the server's own clock, with the fewest users at a time."""
        alone = [point for point in self.points if point.users == self.users[0] and point.spans.get("auth")]
        checks = ", ".join(f"{point.flow} {duration(point.spans['auth'])}" for point in alone)
        return (
            f"The server's own median of a check, with {people(self.users[0])}: {checks}." if checks else ""
        )

    @property
    def plot(self) -> Plot:
        """The picture: requests a second over users."""
        rows = [[people(users), *(self._cell(flow, users) for flow in self.flows)] for users in self.users]
        about = [self.checks] * bool(self.checks)
        if any(point.limited for point in self.points):
            about.append("Hollow marks: Locust had a whole core to itself and may have been the limit.")
        return Plot(self.verdict, ["users", *self.flows], rows, self._draw, about=" ".join(about))

    def _cell(self, flow: str, users: int) -> str:
        """Write a rate; a dash where the load was stopped before it came to this."""
        rates = [point.rate for point in self.points if (point.flow, point.users) == (flow, users)]
        return number(rates[0]) if rates else "–"

    def _draw(self, axes: Axes) -> None:
        axes.set_xscale("log", base=2)
        for flow in self.flows:
            series_style = series_style_of(flow)
            line = [point for point in self.points if point.flow == flow]
            xs, ys = [point.users for point in line], [point.rate for point in line]
            chart.line(axes, xs, ys, flow, series_style, dots=True)
            hollow = [point for point in line if point.limited]
            axes.plot(
                [point.users for point in hollow],
                [point.rate for point in hollow],
                chart.SERIES_STYLES[series_style].marker,
                color=chart.PAPER,
                markersize=4,
                clip_on=False,
            )
        axes.set_ylim(bottom=0)
        axes.set_xticks(self.users)
        chart.units(axes, x="users" if self.users[-1] > 1 else "user", y="requests/s")

    def __repr__(self) -> str:
        return "\n".join(filter(None, [repr(self.plot), self.checks]))

    def _repr_html_(self) -> str:
        return self.plot._repr_html_()


def series_style_of(flow: str) -> str:
    """Return the style in which a flow is drawn."""
    return {"none": "control"}.get(flow, flow.partition("-")[0])


def people(users: int) -> str:
    """Write a number of users."""
    return f"{users} user{'s' if users != 1 else ''}"


def number(value: float) -> str:
    """Write a number that differs from run to run, with the sign that nbval ignores."""
    return f"≈ {value:,.0f}"
