"""Subjects in short blocks, in a new random order each round: what disturbs the machine disturbs all alike.

CPU time of this process is compared, which hardly moves when other programs are busy; wall time stands
beside it, because CPU time misses waiting. A difference is taken within a round, then the median over all.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from labserver.kit.measurement.stats import Interval

BLOCK = 50
"""Calls in a row. Fewer, and each pays for the caches that the one before has filled (+35 us became +189)."""

WARM_UP = 3
SLOW_SECONDS, SLOW_ROUNDS = 0.1, 5
"""A subject whose block takes longer than this takes part in every fifth round only."""

RESAMPLES = 500


@dataclass(frozen=True)
class Times:
    """Microseconds per call, by subject and round."""

    cpu: dict[str, dict[int, float]] = field(default_factory=dict)
    wall: dict[str, dict[int, float]] = field(default_factory=dict)

    def note(self, name: str, turn: int, cpu: float, wall: float) -> None:
        """Keep what a call took in one round."""
        self.cpu.setdefault(name, {})[turn] = cpu
        self.wall.setdefault(name, {})[turn] = wall

    def added(self, name: str, control: str) -> dict[int, float]:
        """Give what a subject's call costs more than the control's in the same round."""
        less = self.cpu[control]
        return {turn: more - less[turn] for turn, more in self.cpu[name].items() if turn in less}


def interleave(
    calls: Mapping[str, Callable[[], object]],
    seconds: float,
    choose: random.Random,
    times: Times,
    first: int = 0,
    note: str = "",
) -> None:
    """Call them all in turn for this many seconds, into `times`, from round `first` on."""
    names, quickest = list(calls), dict.fromkeys(calls, math.inf)
    began, turn = time.monotonic(), -WARM_UP
    while (past := time.monotonic() - began) < seconds or turn < SLOW_ROUNDS:
        bar(past, seconds, f"{note}{max(0, turn)} rounds")
        choose.shuffle(names)
        for name in names:
            if turn > 0 and turn % SLOW_ROUNDS and quickest[name] > SLOW_SECONDS:
                continue
            call = calls[name]
            wall, cpu = time.perf_counter_ns(), time.process_time_ns()
            for _ in range(BLOCK):
                call()
            cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
            if turn >= 0:
                times.note(name, first + turn, cpu / BLOCK / 1000, wall / BLOCK / 1000)
            else:
                quickest[name] = min(quickest[name], wall / 1e9)
        turn += 1
    bar(1, 1, f"{note}{turn} rounds")


def ratio(over: Mapping[int, float], under: Mapping[int, float], choose: random.Random) -> Interval:
    """Give the ratio of two medians, and its interval by drawing the rounds again and again (bootstrap)."""
    rounds, drawn = sorted(over.keys() & under.keys()), []
    for _ in range(RESAMPLES):
        some = choose.choices(rounds, k=len(rounds))
        drawn.append(median([over[turn] for turn in some]) / median([under[turn] for turn in some]))
    drawn.sort()
    found = median(over.values()) / median(under.values())
    return Interval(found, drawn[RESAMPLES * 25 // 1000], drawn[RESAMPLES * 975 // 1000])


def bar(done: float, total: float, note: str) -> None:
    """Draw how far it is."""
    if sys.stderr.isatty():
        filled = min(40, int(40 * done / total))
        end = "\n" if done >= total else ""
        print(f"\r[{'#' * filled}{'.' * (40 - filled)}] {note} ", end=end, file=sys.stderr, flush=True)
