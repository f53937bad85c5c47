"""The result of a measurement: medians, comparisons, a verdict in words, and a picture.

What is compared is the server's own span `auth` (the check alone), unless another was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

from labserver.kit.display import chart
from labserver.kit.display.formatting import duration
from labserver.kit.display.plot import Plot
from labserver.kit.failures import KitError
from labserver.kit.measurement.rounds import Rounds
from labserver.kit.measurement.stats import Interval, difference, interval_of_median
from labserver.kit.measurement.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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


def micro(us: float) -> str:
    """Write a duration, a very short one to the hundredth."""
    return duration(us) if us >= 1 else f"{max(us, 0.0):.2f} µs"
