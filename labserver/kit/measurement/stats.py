"""What a pile of durations says, and how sure it is. Pure functions; times are in microseconds.

Durations have a long tail: a median is not moved by it, a mean is. And two requests of one round ran on the
same machine in the same mood, so a difference is taken within each round first, and then the median of
these: what slows both down cancels out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, median
from typing import NamedTuple

LEVEL = 0.95
_FOUND = 0.95  # how often a difference of the size that `smallest` names is found


class Interval(NamedTuple):
    """A value, and between which two it is likely to be."""

    middle: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Tell how far the interval reaches to its longer side."""
        return max(self.high - self.middle, self.middle - self.low)

    @property
    def apart(self) -> bool:
        """Tell whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0

    @property
    def smallest(self) -> float:
        """Tell how large a difference must be to be found 19 times in 20 by a run like this."""
        return self.half * (1 + _z(2 * _FOUND - 1) / _z(LEVEL))


def interval_of_median(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Give the median and its bootstrap interval. Raises ValueError for fewer than six values.

    The bootstrap (Efron 1979) draws n values from these n, with replacement, again and again, and takes the
    middle 95 % of the medians. For a median nobody has to draw: at least half of a draw lies below the k-th
    smallest value with the probability of a binomial distribution, so the ranks of both ends are known.
    """
    count = len(values)
    if count < 6:
        raise ValueError(f"an interval needs six values or more, not {count}")
    ordered = sorted(values)
    reach = _z(level) * math.sqrt(count) / 2
    low = max(0, math.floor((count - 1) / 2 - reach))
    return Interval(median(ordered), ordered[low], ordered[count - 1 - low])


def difference(one: Sequence[float], other: Sequence[float], level: float = LEVEL) -> Interval:
    """Give by how much `one` is above `other`: the median of the differences within each round.

    Where both are the same and their order in a round is drawn by lot, each difference is as likely above 0
    as below, whatever the machine does meanwhile. So the interval leaves 0 out once in 20 runs, and no
    oftener.
    """
    return interval_of_median([a - b for a, b in zip(one, other, strict=True)], level)


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Fit a line by least squares; gives where it starts (x = 0) and how steep it is."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    wide = sum((x - middle_x) ** 2 for x in xs)
    if not wide:
        raise ValueError("a line needs two different x")
    steep = sum((x - middle_x) * (y - middle_y) for x, y in points) / wide
    return middle_y - steep * middle_x, steep


def quantile(values: Sequence[float], share: float) -> float:
    """Give the value that this share of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def _z(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
