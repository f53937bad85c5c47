"""Throughput: how many requests a second a server answers, to one user and to many at once.

    load = lab.load("none", "session", "token", users=(1, 2, 4, 8), seconds=1)
    load                                  # a plot; print(load) gives it in words
    load.at("session", 8).rate            # requests a second that 8 users got
    load.at("session", 8).spans["auth"]   # the server's own median of the check, in µs
    load.at("session-mixed", 4).by_request    # the same, request by request

Locust sends the requests from its own process, as fast as they are answered, over connections that stay
open. All take turns in short slices, at random, so that a busy moment of this machine hits all of them alike;
with more `rounds` there are more slices, and shorter ones. How long an answer took is what the server says
(`Server-Timing`): a client sees whole milliseconds, mostly its own.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from markupsafe import Markup

from labserver.formats.reports import RequestLoad
from labserver.kit.display import chart
from labserver.kit.display.formatting import duration
from labserver.kit.display.plot import Plot
from labserver.kit.display.progress import Live
from labserver.kit.failures import KitError, sentence
from labserver.kit.processes.child import Child
from labserver.kit.stopped import keep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLOWS = {
    "none": "who am I, without a check: the control (without a lab key: /healthz)",
    "session": "who am I, with a session",
    "token": "who am I, with a token",
    "session-mixed": "log in, read five times, change, log out, with a session",
    "token-mixed": "the same with a token",
}
USUAL, USERS = ("none", "session", "token"), (1, 2, 4, 8)
MOST_USERS = 100
MOST_SECONDS = 600.0
PER_ACCOUNT = 4
"""How many users share an account: the server slows down many logins at once to one name."""

START_SECONDS, LOGIN_SECONDS = 30.0, 1.0
"""What the start, and each user's logins, may take beside the seconds that are counted."""

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
    """The same for each request, such as "GET /session/me"."""

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


def load(
    url: str,
    accounts: Callable[[int], Sequence[tuple[str, str]]],
    flows: Sequence[str] = USUAL,
    users: Sequence[int] = USERS,
    seconds: float = 1.0,
    *,
    rounds: int = 2,
    ca: str | None = None,
    lab_key: str | None = None,
    beyond_this_machine: bool = False,
) -> Load:
    """Load a server with each flow and each number of users, `seconds` each, in `rounds` slices.

    `accounts(n)` returns at least n pairs of name and password; `lab_key` opens the control. Raises KitError
    where something is missing.
    """
    steps = checked(flows, users, seconds, rounds)
    job = {
        "url": url,
        "ca": ca,
        "lab_key": lab_key,
        "accounts": list(accounts(-(-steps[-1] // PER_ACCOUNT))),
        "steps": steps,
        "flows": list(flows),
        "seconds": seconds,
        "rounds": rounds,
        "beyond_this_machine": beyond_this_machine,
    }
    patience = START_SECONDS + 2 * seconds * len(flows) * len(steps) + 2 * LOGIN_SECONDS * steps[-1]
    engine = Child("Locust", "labserver.load.engine")
    try:
        engine.send(job)
        return Load(follow(engine, flows, steps, rounds, patience))
    except TimeoutError as error:
        raise KitError(f"{error}: the machine may be very busy. Run it again, with fewer users.") from None
    finally:
        engine.stop()


def checked(flows: Sequence[str], users: Sequence[int], seconds: float, rounds: int) -> list[int]:
    """Return the numbers of users in order. Raises KitError for what cannot be done."""
    for flow in flows:
        if flow not in FLOWS:
            raise KitError(f"there is no flow {flow!r}: there are {', '.join(FLOWS)}")
    steps = sorted({*users})
    if not flows or not steps or steps[0] < 1 or steps[-1] > MOST_USERS:
        raise KitError(
            f"load wants a flow, and numbers of users from 1 to {MOST_USERS}, as in users=(1, 2, 4)"
        )
    if rounds < 1 or not 0 < seconds * len(flows) * len(steps) <= MOST_SECONDS:
        raise KitError(f"all flows and steps together may take {MOST_SECONDS:.0f} s: ask for fewer `seconds`")
    if importlib.util.find_spec("locust") is None:
        raise KitError(f'Locust is not installed here. Type: {sys.executable} -m pip install "locust>=2.47"')
    return steps


def follow(
    engine: Child, flows: Sequence[str], steps: Sequence[int], rounds: int, patience: float
) -> list[Point]:
    """Show what arrives until all is there. Raises KitError if something is missing."""
    points: dict[tuple[str, int], Point] = {}
    slices, wanted = 0, len(flows) * len(steps) * rounds

    def known() -> list[Point]:
        return [points[key] for count in steps for flow in flows if (key := (flow, count)) in points]

    with (
        keep(lambda: (f"{slices} of {wanted} slices", Load(known()) if points else None)),
        Live() as live,
    ):
        for line in engine.lines(patience):
            if "error" in line:
                raise KitError(f"the load was not run: {line['error']['message']}")
            if "done" in line:
                return known()
            point = Point(**line)
            points[point.flow, point.users] = point
            slices += 1
            words = f"{people(point.users)}, {point.flow}: {point.rate:,.0f} requests/s"
            live.show(slices / wanted, words, sketch(known(), flows, steps))
    raise KitError(f"Locust gave up: {sentence(engine.exit_reason())}")


def sketch(points: Sequence[Point], flows: Sequence[str], steps: Sequence[int]) -> Markup:
    """Draw what is known so far, without matplotlib, which would take the processor from what is measured."""
    width, height, most = 560, 180, max(point.rate for point in points) or 1
    drawn = []
    for flow in flows:
        places = [
            f"{20 + (width - 160) * steps.index(point.users) / max(1, len(steps) - 1):.0f},"
            f"{height - 10 - (height - 30) * point.rate / most:.0f}"
            for point in points
            if point.flow == flow
        ]
        if places:
            x, y = (int(place) for place in places[-1].split(","))
            line = Markup(
                '<g style="stroke:{colour};fill:{colour}">'
                '<polyline points="{places}" fill="none" stroke-width="2.5" stroke-dasharray="{dashes}"/>'
                '<circle cx="{x}" cy="{y}" r="4"/>'
                '<text stroke="none" x="{right}" y="{below}">{flow}</text></g>'
            )
            style = series_style_of(flow)
            colour, dashes = f"var(--{style})", "8 5" if style == "token" else "none"
            label = {"right": x + 10, "below": y + 5, "flow": flow}
            drawn.append(
                line.format(colour=colour, places=" ".join(places), dashes=dashes, x=x, y=y, **label)
            )
    return Markup(
        '<svg role="img" viewBox="0 0 {width} {height}" style="max-width:{width}px">'
        "<title>requests a second over users, so far</title>{lines}</svg>"
    ).format(width=width, height=height, lines=Markup().join(drawn))


def series_style_of(flow: str) -> str:
    """Return the style in which a flow is drawn."""
    return {"none": "control"}.get(flow, flow.partition("-")[0])


def people(users: int) -> str:
    """Write a number of users."""
    return f"{users} user{'s' if users != 1 else ''}"


def number(value: float) -> str:
    """Write a number that differs from run to run, with the sign that nbval ignores."""
    return f"≈ {value:,.0f}"
