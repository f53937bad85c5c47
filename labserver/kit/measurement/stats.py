"""Medians of durations, and how certain they are. Pure functions; times are in microseconds.

Durations have a long tail, which moves a mean but not a median. Two requests of one round ran on the same
machine at the same moment, so a difference is taken within each round first, and then the median of these:
what slows both down cancels out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, linear_regression, median
from typing import NamedTuple

LEVEL = 0.95
"""The share of intervals that hold the true value."""
_FOUND = 0.95  # how often a difference of the size that `smallest` names is found


class Interval(NamedTuple):
    """A value, and the two ends between which it lies with 95 % confidence."""

    middle: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """The length of the longer side."""
        return max(self.high - self.middle, self.middle - self.low)

    @property
    def apart(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0

    @property
    def smallest(self) -> float:
        """The smallest difference that a run like this finds 19 times in 20."""
        return self.half * (1 + _z(2 * _FOUND - 1) / _z(LEVEL))


def interval_of_median(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Return the median and its bootstrap interval. Raises ValueError for fewer than six values.

    The bootstrap (Efron 1979) draws n values from these n, with replacement, again and again, and takes the
    middle 95 % of the medians. For a median no drawing is needed: at least half of a draw lies below the
    k-th smallest value with the probability of a binomial distribution, so the ranks of both ends are known.
    """
    count = len(values)
    if count < 6:
        raise ValueError(f"an interval needs six values or more, not {count}")
    ordered = sorted(values)
    reach = _z(level) * math.sqrt(count) / 2
    low = max(0, math.floor((count - 1) / 2 - reach))
    return Interval(median(ordered), ordered[low], ordered[count - 1 - low])


def difference(one: Sequence[float], other: Sequence[float], level: float = LEVEL) -> Interval:
    """Return by how much `one` is above `other`: the median of the differences within each round.

    Where both are the same and their order in a round is random, each difference is as likely above 0 as
    below, whatever the machine does meanwhile. So the interval excludes 0 once in 20 runs, not more often.
    """
    return interval_of_median([a - b for a, b in zip(one, other, strict=True)], level)


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Fit a line by least squares: its value at x = 0, and its slope. Raises ValueError for a single x."""
    slope, start = linear_regression(*zip(*points, strict=True))
    return start, slope


def _z(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
