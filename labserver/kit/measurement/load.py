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

from markupsafe import Markup

from labserver.kit.display.progress import Live
from labserver.kit.failures import KitError, sentence
from labserver.kit.measurement.throughput import Load, Point, people, series_style_of
from labserver.kit.processes.child import Child
from labserver.kit.stopped import keep

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
