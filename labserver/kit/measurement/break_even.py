"""How far away must the session store be until a token is cheaper?

    session, token = browser.get("/session/me"), app.get("/token/me", headers=bearer)
    even = lab.break_even({"session": session, "token": token})
    even                    # the picture
    even.crossing           # where both cost the same: µs of delay, and its 95 % interval
    even.cheaper_at(200)    # the name of the cheaper one at 200 µs, or None

The store is delayed by several times in turn, and both are measured at each.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from labserver.kit.display import chart
from labserver.kit.display.plot import Plot
from labserver.kit.display.progress import Live
from labserver.kit.failures import KitError
from labserver.kit.measurement.measurement import micro
from labserver.kit.measurement.raw_connection import RawConnection
from labserver.kit.measurement.rounds import TURNS, Turn, run_round
from labserver.kit.measurement.stats import Interval, interval_of_median, line
from labserver.kit.measurement.subject import subject
from labserver.kit.stopped import keep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SPAN = "auth"
ROUNDS = 6
"""Rounds at one delay before the next is set."""

FEWEST, LEAST, WARM = 2, 20, 10  # passes: for a crossing, to stop by itself; rounds that are not counted
_DRAWS = 200
_NARROW, _SHARE = 2.0, 0.05  # µs, and of the crossing: how well it has to be known
_FLAT = 0.3  # a difference that grows by less than this for each µs of delay does not come from the store

Pass = list[list[tuple[float, float]]]
"""What both took, turn by turn, at each delay."""


class BreakEven:
    """The times of two subjects at several delays of the store. Shows itself as a plot."""

    def __init__(self, names: tuple[str, str], delays: Sequence[float], passes: Sequence[Pass]) -> None:
        self.names, self.delays, self._passes = names, list(delays), passes
        self.crossing = crossing(self.delays, passes)
        self.slope = line(_differences(self.delays, passes))[1]
        self._plot: Plot | None = None

    def interval(self, name: str, delay: float) -> Interval:
        """Return the median of one subject at one of the delays, and its 95 % interval, in µs.

        Raises KitError for another subject or delay.
        """
        if name not in self.names or delay not in self.delays:
            raise KitError(f"there are {' and '.join(self.names)}, at {', '.join(map(micro, self.delays))}")
        which, where = self.names.index(name), self.delays.index(delay)
        return interval_of_median([both[which] for each in self._passes for both in each[where]])

    def cheaper_at(self, delay: float) -> str | None:
        """Name the cheaper one with the store `delay` µs further away; None inside the interval."""
        first, second = self.names
        if delay < self.crossing.low:
            return first
        return second if delay > self.crossing.high else None

    @property
    def title(self) -> str:
        """The result in a sentence."""
        first, second = self.names
        if self.slope < _FLAT:
            return f"{first} and {second} both wait for the store, or neither: no distance turns it"
        if self.crossing.low > 0:
            return f"A local look-up beats a signature; {micro(self.crossing.middle)} of distance turns it"
        if self.crossing.high < 0:
            return "A signature beats a look-up, even with the store at hand"
        return "With the store at hand, a look-up and a signature cost the same"

    @property
    def plot(self) -> Plot:
        """The picture, with the numbers as its rows."""
        if self._plot is None:
            rows = [
                [micro(delay), *(_written(self.interval(name, delay)) for name in self.names)]
                for delay in self.delays
            ]
            turns = sum(len(each[0]) for each in self._passes)
            about = f"The check alone, as the server took it; ≈ {turns} turns at each delay, 95 % intervals."
            self._plot = Plot(self.title, ["store delayed by", *self.names], rows, self._draw, about=about)
        return self._plot

    def _draw(self, axes: Axes) -> None:
        for name, series_style in zip(self.names, ("session", "token"), strict=True):
            found = [self.interval(name, delay) for delay in self.delays]
            middles, lows, highs = zip(*found, strict=True)
            chart.line(axes, self.delays, middles, name, series_style, lows, highs, dots=True)
        axes.set_ylim(bottom=0)
        chart.units(axes, x="µs of store latency", y="µs")
        middle, low, high = self.crossing
        if self.slope >= _FLAT and self.delays[0] <= middle <= self.delays[-1]:
            level = median(self.interval(self.names[1], delay).middle for delay in self.delays)
            ends = max(low, self.delays[0]), min(high, self.delays[-1])
            chart.crossing(axes, middle, level, f"{micro(middle)}: equal", *ends)

    def __repr__(self) -> str:
        middle, low, high = map(micro, self.crossing)
        if self.slope < _FLAT or self.crossing.low <= 0:
            return repr(self.plot)
        return f"{self.plot!r}\nEqual at {middle}; 95 % interval {low} to {high}"

    def _repr_html_(self) -> str:
        return self.plot._repr_html_()


def break_even(
    subjects: Mapping[str, Any],
    delay: Callable[[float], object],
    *,
    delays: Sequence[float] | None = None,
    seconds: float = 10.0,
    control: Any = None,
    ca: str | None = None,
    rng: random.Random | None = None,
) -> BreakEven:
    """Measure two subjects with the store delayed by `delays` µs, in turns, until the crossing is known.

    The first is the one that asks the store. `delay` sets a delay; at the end it is 0 again. Without
    `delays` a first look finds where the crossing may be. `control` takes its turns too, as in a
    measurement. Raises KitError unless there are two, both with a check.
    """
    if len(subjects) != 2:
        raise KitError(f"a break-even is between two, and here are {len(subjects)}")
    first, second = subjects
    rng = rng or random.Random()  # noqa: S311 - an order, not a secret
    lines: dict[str, RawConnection] = {}
    end = time.perf_counter() + seconds
    try:
        field = {**subjects, **({"no check": control} if control is not None else {})}
        turns = {name: subject(name, what, lines, ca).turn for name, what in field.items()}
        delay(0)
        _rounds(turns, WARM, rng)
        chosen = list(delays) if delays else _around(_rounds(turns, 8 * ROUNDS, rng))
        passes: list[Pass] = []

        def found() -> tuple[str, BreakEven | None]:
            after = f"{len(passes)} passes over the delays"
            return after, BreakEven((first, second), chosen, passes) if len(passes) >= FEWEST else None

        with keep(found):
            measured(turns, delay, chosen, end - time.perf_counter(), rng, passes)
    finally:
        delay(0)
        for each in lines.values():
            each.close()
    return BreakEven((first, second), chosen, passes)


def measured(
    turns: Mapping[str, Turn],
    delay: Callable[[float], object],
    delays: Sequence[float],
    seconds: float,
    rng: random.Random,
    passes: list[Pass] | None = None,
) -> list[Pass]:
    """Pass over the delays, in random order each time, until the crossing is known or time is up.

    `passes` is filled pass by pass, so that a caller sees what is there before the end.
    """
    passes = [] if passes is None else passes
    start, next_check = time.perf_counter(), LEAST
    with Live() as live:
        while True:
            found: dict[float, list[tuple[float, float]]] = {}
            for us in rng.sample(list(delays), len(delays)):
                delay(us)
                _rounds(turns, 1, rng)
                found[us] = _rounds(turns, ROUNDS, rng)
            passes.append([found[us] for us in delays])
            spent = time.perf_counter() - start
            live.show(spent / seconds, f"{len(passes)} passes over {len(delays)} delays")
            if len(passes) < next_check:
                if spent < seconds or len(passes) < FEWEST:
                    continue
                return passes
            at = crossing(delays, passes)
            known = at.half <= max(_NARROW, _SHARE * at.middle) or at.high < 0
            if known or spent >= seconds:
                return passes
            next_check = 1 + int(len(passes) * 1.3)


def _rounds(turns: Mapping[str, Turn], count: int, rng: random.Random) -> list[tuple[float, float]]:
    """Run rounds, and return the times of the first two subjects in µs."""
    first, second, *_ = turns
    found = []
    for _ in range(count):
        taken = run_round(turns, rng)
        for number in range(TURNS):
            times = [taken[name][number].get(SPAN, 0.0) for name in (first, second)]
            if not all(times):
                raise KitError("this compares what a check takes, and one of the two answers had none")
            found.append((times[0], times[1]))
    return found


def _around(pilot: list[tuple[float, float]]) -> list[float]:
    """Choose five delays around the one at which both would be equal, if each µs of delay costs just that."""
    guess = median(second - first for first, second in pilot)
    step = max(25, round(guess / 2))  # over less than 100 µs, noise would blur how steep the line is
    return [float(step * number) for number in range(5)]


def crossing(delays: Sequence[float], passes: Sequence[Pass]) -> Interval:
    """Find the delay at which the difference is 0, and its bootstrap interval, drawn from the passes."""
    rng = random.Random(len(passes))  # noqa: S311 - the same passes give the same interval
    drawn = sorted(_zero(delays, rng.choices(passes, k=len(passes))) for _ in range(_DRAWS))
    cut = round(0.025 * _DRAWS)
    return Interval(_zero(delays, passes), drawn[cut], drawn[-1 - cut])


def _zero(delays: Sequence[float], passes: Sequence[Pass]) -> float:
    start, steep = line(_differences(delays, passes))
    return -start / steep if steep else float("inf")


def _differences(delays: Sequence[float], passes: Sequence[Pass]) -> list[tuple[float, float]]:
    return [
        (delay, median(first - second for each in passes for first, second in each[where]))
        for where, delay in enumerate(delays)
    ]


def _written(interval: Interval) -> str:
    return f"{micro(interval.middle)} ({micro(interval.low)} to {micro(interval.high)})"
