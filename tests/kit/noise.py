"""Machines that do other things too, simulated: what a check of a given time takes there."""

from __future__ import annotations

import random
from collections.abc import Callable

Noise = Callable[[float, float], float]
"""From what a turn takes on an idle machine (µs), and when it begins (s), to what it takes here."""


def heavy(rng: random.Random) -> Noise:
    """A long tail: a quarter more as a rule, ten times as much now and then."""
    return lambda us, at: (
        us * (1 + rng.lognormvariate(-1.5, 1.0)) + (rng.expovariate(1 / 500) if rng.random() < 0.03 else 0)
    )


def drift(rng: random.Random) -> Noise:
    """A machine that gets warm: after ten seconds everything takes twice as long."""
    return lambda us, at: us * (1 + at / 10) * rng.lognormvariate(0.1, 0.25)


def bursts(rng: random.Random) -> Noise:
    """A neighbour that works by fits: a hundred turns three times as slow, and then quiet again."""
    busy = [False]

    def noise(us: float, at: float) -> float:
        if rng.random() < 0.01:
            busy[0] = not busy[0]
        return us * rng.lognormvariate(0, 0.2) * (3 * rng.lognormvariate(0, 0.4) if busy[0] else 1)

    return noise


KINDS = {"heavy": heavy, "drift": drift, "bursts": bursts}
