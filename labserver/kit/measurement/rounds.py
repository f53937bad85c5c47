"""Interleaved rounds: in each, every subject has two turns, in random order.

Measured one after the other, the first subject may meet a cold machine and the last a busy one.
Interleaved, all meet the same: in 800 requests they agreed within 1 %, where blocks of one second each
differed by half.

Two turns, because the difference between the two turns of one subject shows what no difference looks like
(the A/A control). All have the same number: a subject with more turns finds its code in the cache, and is
10 µs faster by that alone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

from labserver.kit.measurement.stats import difference

Sample = dict[str, float]
"""What one turn took in microseconds, by the name of the span; `end` is from end to end."""

Turn = Callable[[], Sample]
TURNS = 2
"""Turns of each subject in a round."""
FEWEST, LEAST, MOST = 6, 100, 10_000
"""Rounds: for any interval at all; before a run may stop by itself; and more would only fill the memory."""

_MORE = 1.2  # how much longer a run is at the next look
_SHARE = 0.05
_BRIEF = 1.0  # s; a shorter run may have met one state of the machine only
_NARROW = 3.0


@dataclass(frozen=True)
class Rounds:
    """The times of every subject, two turns for each round, and how long all of it took (s)."""

    samples: dict[str, list[Sample]]
    seconds: float
    narrow: bool = False
    """Were the intervals as narrow as asked before the time was up?"""

    @classmethod
    def so_far(cls, samples: Mapping[str, list[Sample]], seconds: float) -> Self | None:
        """Return the complete rounds of a run that was stopped; None if they are too few."""
        whole = min((len(taken) // TURNS for taken in samples.values()), default=0)
        if whole < FEWEST:
            return None
        return cls({name: taken[: whole * TURNS] for name, taken in samples.items()}, seconds)

    def __len__(self) -> int:
        return len(next(iter(self.samples.values()))) // TURNS

    def of(self, name: str, span: str) -> list[float]:
        """Return one subject's times in one span, in µs."""
        return [sample[span] for sample in self.samples[name]]

    def twice(self, name: str, span: str) -> tuple[list[float], list[float]]:
        """Return the times of its first turns and of its second turns, round by round, in µs."""
        times = self.of(name, span)
        return times[::TURNS], times[1::TURNS]


def run_round(turns: Mapping[str, Turn], rng: random.Random) -> dict[str, list[Sample]]:
    """Run one round. Which turn of a subject counts as the first is random too."""
    order = [(name, number) for name in turns for number in range(TURNS)]
    rng.shuffle(order)
    taken = {place: turns[place[0]]() for place in order}
    return {name: [taken[name, number] for number in range(TURNS)] for name in turns}


def interleave(
    turns: Mapping[str, Turn],
    pairs: Sequence[tuple[str, str]],
    *,
    span: str,
    seconds: float,
    within: float | None = None,
    rng: random.Random | None = None,
    now: Callable[[], float] = time.perf_counter,
    show: Callable[[float, str], object] = lambda fraction, words: None,
    samples: dict[str, list[Sample]] | None = None,
) -> Rounds:
    """Run rounds until the difference of each of `pairs` is known to ± `within` µs, or the time is up.

    Without `within` it is 5 % of the slowest, and never more than 3 µs. The run stops by how wide the
    intervals are, never by where they lie: stopping as soon as a difference shows would show one where there
    is none. `samples` is filled round by round, so that a caller sees what is there before the end.
    """
    rng = rng or random.Random()  # noqa: S311 - an order, not a secret
    samples = {} if samples is None else samples
    samples.update({name: [] for name in turns})
    start, next_check = now(), LEAST
    narrow = False
    for count in range(1, MOST + 1):
        for name, taken in run_round(turns, rng).items():
            samples[name] += taken
        spent = now() - start
        if count % 10 == 0:
            show(spent / seconds, f"{count} rounds of {TURNS * len(turns)} turns")
        if count >= next_check and spent >= min(_BRIEF, seconds):
            narrow = _narrow(samples, pairs, span, within)
            next_check = int(count * _MORE)
        if narrow or (spent >= seconds and count >= FEWEST):
            break
    return Rounds(samples, now() - start, narrow)


def _narrow(
    samples: Mapping[str, list[Sample]], pairs: Sequence[tuple[str, str]], span: str, within: float | None
) -> bool:
    times = {name: [sample[span] for sample in taken] for name, taken in samples.items()}
    goal = within if within is not None else min(_NARROW, _SHARE * max(map(median, times.values())))
    return all(difference(times[one], times[other]).half <= goal for one, other in pairs)
