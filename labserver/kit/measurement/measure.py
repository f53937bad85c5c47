"""Measure which takes longer, and by how much, on a machine that does other things too.

    m = lab.measure({"session": browser.get("/session/me"), "token": app.get("/token/me", headers=bearer)})
    m                                       # the verdict in words, and the picture
    m.compare("session", "token").cheaper   # a name, or None where no difference was seen
    m.median("session"), m.median("session", "end")

All take turns at random, each twice in a round, which shows what no difference looks like; beside
them runs a control without a check. What is compared is the server's own span `auth` (the check alone),
unless there is none or `span` names another: store, crypto, total, or end, which is from end to end.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from labserver.kit.display import chart
from labserver.kit.display.formatting import duration
from labserver.kit.display.plot import Plot
from labserver.kit.display.progress import Live
from labserver.kit.failures import KitError
from labserver.kit.measurement.raw_connection import RawConnection
from labserver.kit.measurement.rounds import Rounds, Sample, interleave
from labserver.kit.measurement.stats import Interval, difference, interval_of_median
from labserver.kit.measurement.subject import Subject, subject
from labserver.kit.stopped import keep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WARM = 20
"""Turns of each that are not counted: connections open, caches fill."""

SECONDS = 10.0
_TICKS = 120  # turns that a row of the picture shows
_TRUST = 0.9999


@dataclass(frozen=True, repr=False)
class Comparison:
    """By how much `one` is above `other` in µs, and whether that is more than chance."""

    one: str
    other: str
    interval: Interval

    @property
    def seen(self) -> bool:
        """Whether a difference was seen: the 95 % interval excludes 0."""
        return self.interval.apart

    @property
    def cheaper(self) -> str | None:
        """The name of the cheaper one; None where no difference was seen."""
        return None if not self.seen else self.one if self.interval.high < 0 else self.other

    @property
    def us(self) -> float:
        """The size of the difference."""
        return abs(self.interval.middle)

    def __repr__(self) -> str:
        if not self.seen:
            least = micro(self.interval.smallest)
            pair = f"{self.one} and {self.other}"
            return f"no difference seen between {pair}; one of {least} or more would have been"
        low, high = sorted(map(abs, self.interval[1:]))
        expensive = self.other if self.cheaper == self.one else self.one
        return (
            f"{self.cheaper} is {micro(self.us)} cheaper than {expensive}; "
            f"95 % interval {micro(low)} to {micro(high)}"
        )


class Measurement:
    """The result of a run. Shows itself as a picture with its verdict; `print` writes the same in words."""

    def __init__(
        self,
        rounds: Rounds,
        subjects: Sequence[Subject],
        span: str,
        *,
        control: str | None = None,
        title: str = "",
    ) -> None:
        self.span, self.seconds, self.control = span, rounds.seconds, control
        self.series_styles = {each.name: each.series_style for each in subjects}
        self.names = [name for name in self.series_styles if name != control]
        self._rounds, self._title = rounds, title
        self._plot: Plot | None = None

    @property
    def rounds(self) -> int:
        """How many rounds there were. Each subject has had two turns in each."""
        return len(self._rounds)

    def samples(self, name: str, span: str | None = None) -> list[float]:
        """Return all times of one subject in µs, in order. Raises KitError for an unknown name or span."""
        if name not in self.series_styles:
            raise KitError(f"there is no subject {name!r} here; there are {', '.join(self.series_styles)}")
        try:
            return self._rounds.of(name, span or self.span)
        except KeyError:
            there = ", ".join(self._rounds.samples[name][0])
            raise KitError(f"{name} has no span {span or self.span!r}; it has {there}") from None

    def interval(self, name: str, span: str | None = None) -> Interval:
        """Return the median and its 95 % interval, in µs."""
        return interval_of_median(self.samples(name, span))

    def median(self, name: str, span: str | None = None) -> float:
        """Return the median in µs."""
        return self.interval(name, span).middle

    def compare(self, one: str, other: str, span: str | None = None) -> Comparison:
        """Compare two subjects, round by round."""
        return Comparison(one, other, difference(self.samples(one, span), self.samples(other, span)))

    def again(self, name: str) -> Interval:
        """Compare a subject with itself, one turn of a round with the other (the A/A control)."""
        self.samples(name)
        return difference(*self._rounds.twice(name, self.span))

    @property
    def trusted(self) -> bool:
        """Whether every subject, measured twice, came out the same, as far as chance goes (99.99 %)."""
        pairs = [self._rounds.twice(name, self.span) for name in self.names]
        return not any(difference(one, other, _TRUST).apart for one, other in pairs)

    @property
    def verdict(self) -> str:
        """The result in a sentence: the cheaper of two, the cheapest and the most expensive of more."""
        if len(self.names) == 1:
            return f"{self.names[0]} takes {micro(self.median(self.names[0]))}"
        ranked = sorted(self.names, key=self.median)
        return (
            repr(self.compare(ranked[0], ranked[-1])) if len(ranked) > 2 else repr(self.compare(*self.names))
        )

    @property
    def check(self) -> str:
        """How far the A/A control differs from itself, and whether to believe the run."""
        if not self.trusted:
            return (
                "Do not trust this run: the same request, measured twice, came out different. Run it again."
            )
        most = max(abs(end) for name in self.names for end in self.again(name)[1:])
        return f"The A/A control: the same twice differs by {micro(most)} at the most."

    @property
    def plot(self) -> Plot:
        """The picture, with the numbers as its rows."""
        if self._plot is None:
            head = ["", "median", "95 % interval", "slowest"] + (["end to end"] if self.span != "end" else [])
            about = (
                f"≈ {self.rounds} rounds, two turns each, in random order. {_SPANS.get(self.span, self.span)}"
            )
            self._plot = Plot(
                self._title or f"{self.verdict[0].upper()}{self.verdict[1:]}",
                head,
                [self._row(name) for name in self.series_styles],
                self._draw,
                about=f"{about} {self.check}".strip(),
                height=64 + 44 * len(self.series_styles),
            )
        return self._plot

    def _row(self, name: str) -> list[str]:
        middle, low, high = self.interval(name)
        row = [name, micro(middle), f"{micro(low)} to {micro(high)}", micro(max(self.samples(name)))]
        return row + ([micro(self.median(name, "end"))] if self.span != "end" else [])

    def _draw(self, axes: Axes) -> None:
        widest = max(quantiles(self.samples(name), n=10)[-1] for name in self.series_styles)
        highest = max(self.interval(name).high for name in self.series_styles)
        edge = min(1.2 * widest, 2.5 * highest)  # a long tail of one would press all the others together
        unit, size = ("ms", 1000.0) if edge > 2000 else ("µs", 1.0)
        for row, (name, series_style) in enumerate(self.series_styles.items()):
            times = self.samples(name)
            beyond = sum(time > edge for time in times)
            more = f" · ≈ {beyond} slower, up to {micro(max(times))}" if beyond else ""
            step = -(-len(times) // _TICKS)
            chart.ticks(axes, row, [min(time, edge) / size for time in times[::step]], series_style)
            chart.label(axes, edge / size, row, f"{micro(self.median(name))}{more}", series_style)
        ends = [[value / size for value in self.interval(name)] for name in self.series_styles]
        middles, lows, highs = zip(*ends, strict=True)
        chart.intervals(
            axes, list(self.series_styles), middles, lows, highs, list(self.series_styles.values())
        )
        axes.set_xlim(0, edge / size)
        chart.units(axes, x=unit)

    def __repr__(self) -> str:
        lines = [repr(self.plot)]
        if self._title:
            lines.append(self.verdict)
        return "\n".join(filter(None, [*lines, self.check]))

    def _repr_html_(self) -> str:
        return self.plot._repr_html_()


_SPANS = {
    "auth": "Times are the check alone, as the server took them.",
    "total": "Times are the whole request, as the server took them.",
    "store": "Times are the session store's, as the server took them.",
    "crypto": "Times are those of hashes and signatures, as the server took them.",
    "end": "Times are from end to end.",
}


def measure(
    subjects: Mapping[str, Any],
    *,
    seconds: float = SECONDS,
    within: float | None = None,
    span: str | None = None,
    control: Any = None,
    title: str = "",
    ca: str | None = None,
    seed: int | None = None,
) -> Measurement:
    """Measure in interleaved rounds until differences are known to ± `within` µs, or the time is up.

    Each is the answer of a request, which a raw connection sends again and again; or a function that sends
    one and returns the answer; or any function, to time a call in this process. `control` is one more, which
    has nothing to check. Raises KitError for what cannot be measured.
    """
    if not subjects:
        raise KitError('nothing to measure: give a name to each subject, as in {"session": …, "token": …}')
    lines: dict[str, RawConnection] = {}
    try:
        field = [subject(name, what, lines, ca) for name, what in subjects.items()]
        first, *rivals = subjects
        beside = "no check" if control is not None else None
        if beside:
            field.append(_styled(subject(beside, control, lines, ca)))
        warm = _warm(field)
        span = span or _best_span(warm, set(subjects))
        pairs = [(first, rival) for rival in rivals]
        samples: dict[str, list[Sample]] = {}
        start = time.perf_counter()

        def found() -> tuple[str, Measurement | None]:
            rounds = Rounds.so_far(samples, time.perf_counter() - start)
            if rounds is None:
                return "too few rounds", None
            made = Measurement(rounds, field, span, control=beside, title=title)
            return f"{made.rounds} rounds", made

        with keep(found), Live() as live:
            rounds = interleave(
                {each.name: each.turn for each in field},
                pairs,
                span=span,
                seconds=seconds,
                within=within,
                rng=random.Random(seed),  # noqa: S311 - an order, not a secret
                show=live.show,
                samples=samples,
            )
    finally:
        for line in lines.values():
            line.close()
    return Measurement(rounds, field, span, control=beside, title=title)


def _styled(control: Subject) -> Subject:
    return Subject(control.name, control.turn, control.kind, "control")


def _warm(field: Sequence[Subject]) -> dict[str, Sample]:
    last: dict[str, Sample] = {}
    for _ in range(WARM):
        for each in field:
            last[each.name] = each.turn()
    return last


def _best_span(samples: Mapping[str, Sample], names: set[str]) -> str:
    return "auth" if all(samples[name].get("auth") for name in names) else "end"


def micro(us: float) -> str:
    """Write a duration, a very short one to the hundredth."""
    return duration(us) if us >= 1 else f"{max(us, 0.0):.2f} µs"
