"""Statistics: medians, their intervals, and how often these are right on a busy machine."""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import median, median_low

import pytest

from labserver.kit.measurement import stats
from labserver.kit.measurement.rounds import LEAST, Rounds, Sample, interleave
from tests.kit.noise import KINDS

RUNS = 100


def drawn(values: list[float], draws: int, rng: random.Random) -> tuple[float, float]:
    """Bootstrap a median as the books tell it."""
    medians = sorted(median_low(rng.choices(values, k=len(values))) for _ in range(draws))
    return medians[round(0.025 * draws)], medians[round(0.975 * draws) - 1]


@pytest.mark.parametrize("count", [30, 201, 1000])
def test_the_interval_is_the_one_that_drawing_gives(count: int) -> None:
    rng = random.Random(count)  # noqa: S311 - noise, not a secret
    values = [rng.lognormvariate(3, 0.7) for _ in range(count)]
    middle, low, high = stats.interval_of_median(values)
    assert middle == median(values)
    ranks = sorted(values).index
    near = 1 + 0.15 * count**0.5
    for worked_out, expected in zip((low, high), drawn(values, 1001, rng), strict=True):
        assert abs(ranks(worked_out) - ranks(expected)) <= near


def test_an_interval_covers_what_it_is_about() -> None:
    rng = random.Random(1)  # noqa: S311
    truth = 100.0
    right = 0
    for _ in range(1000):
        _, low, high = stats.interval_of_median([truth * rng.lognormvariate(0, 1) for _ in range(60)])
        right += low <= truth <= high
    assert 935 <= right <= 985


def test_too_few_values_have_no_interval() -> None:
    with pytest.raises(ValueError, match="six values or more, not 5"):
        stats.interval_of_median([1.0] * 5)
    assert stats.interval_of_median([1, 2, 3, 4, 5, 100]) == (3.5, 1, 100)


def test_what_slows_both_down_cancels_out() -> None:
    mood = [1.0, 50.0, 3.0, 700.0, 2.0, 9.0, 80.0]
    found = stats.difference([m + 10 for m in mood], mood)
    assert found == (10, 10, 10)
    assert found.apart
    assert not stats.difference(mood, mood[::-1]).apart


def test_a_line_is_found_again() -> None:
    start, steep = stats.line([(x, 13 + 1.5 * x) for x in (0, 10, 40)])
    assert (round(start, 9), round(steep, 9)) == (13, 1.5)
    with pytest.raises(ValueError, match="constant"):
        stats.line([(1, 2), (1, 3)])


def run(kind: str, seed: int, extra_us: float, seconds: float = 10.0) -> Rounds:
    """Measure two checks of 100 µs, one of them `extra_us` slower, on a simulated machine of that kind."""
    rng = random.Random(seed)  # noqa: S311
    noise = KINDS[kind](rng)
    clock = [0.0]

    def turn(us: float) -> Callable[[], Sample]:
        def take() -> Sample:
            taken = noise(100.0, clock[0]) + us
            clock[0] += 0.002 + taken / 1e6
            return {"auth": taken}

        return take

    turns = {"one": turn(0), "other": turn(extra_us)}
    return interleave(turns, [("one", "other")], span="auth", seconds=seconds, rng=rng, now=lambda: clock[0])


def found(kind: str, extra_us: float) -> int:
    """Count the runs in which a difference was seen."""
    count = 0
    for seed in range(RUNS):
        rounds = run(kind, seed, extra_us)
        count += stats.difference(rounds.of("other", "auth"), rounds.of("one", "auth")).apart
    return count


@pytest.mark.parametrize("kind", KINDS)
def test_a_difference_of_10_us_is_found_19_times_in_20(kind: str) -> None:
    assert found(kind, 10) >= 0.95 * RUNS


@pytest.mark.parametrize("kind", KINDS)
def test_no_difference_is_claimed_where_there_is_none_19_times_in_20(kind: str) -> None:
    # Of 100 such runs 5 go wrong in the long run; more than 11 would be chance once in 200 times.
    assert found(kind, 0) <= 11


def test_who_stops_as_soon_as_a_difference_shows_sees_too_many() -> None:
    """The reason for stopping by width: who peeks at every tenth round finds a ghost in every fifth run."""
    ghosts = 0
    for seed in range(100):
        rounds = run("heavy", seed, 0)
        one, other = rounds.of("one", "auth"), rounds.of("other", "auth")
        ghosts += any(stats.difference(one[:n], other[:n]).apart for n in range(20, len(one), 10))
    assert ghosts > 15


@pytest.mark.parametrize("kind", KINDS)
def test_the_smallest_difference_that_is_promised_is_found(kind: str) -> None:
    missed = 0
    for seed in range(100):
        rounds = run(kind, seed, 0, seconds=1)
        one, other = rounds.of("one", "auth"), rounds.of("other", "auth")
        smallest = stats.difference(one, other).smallest
        again = run(kind, seed, smallest, seconds=1)  # the same noise
        missed += not stats.difference(again.of("one", "auth"), again.of("other", "auth")).apart
    assert missed <= 11


def steady(us: float, clock: list[float], rng: random.Random) -> Callable[[], Sample]:
    def take() -> Sample:
        clock[0] += 0.001
        return {"auth": us + rng.random()}

    return take


def test_a_run_is_as_long_as_it_has_to_be() -> None:
    clock, rng = [0.0], random.Random(2)  # noqa: S311
    turns = {"one": steady(100, clock, rng), "other": steady(120, clock, rng)}
    pairs = [("one", "other")]

    def rounds(seconds: float, within: float | None) -> Rounds:
        return interleave(
            turns, pairs, span="auth", seconds=seconds, within=within, rng=rng, now=lambda: clock[0]
        )

    quick = rounds(10, 1)
    assert quick.narrow
    assert len(quick) >= LEAST
    assert 1 <= quick.seconds < 1.3, "as narrow as asked at once, and not believed before a second is over"
    longer = rounds(10, 0.02)
    assert longer.narrow
    assert len(quick) < len(longer) < 2500
    assert stats.difference(longer.of("one", "auth"), longer.of("other", "auth")).half <= 0.02
    cut = rounds(1, 0.0001)
    assert not cut.narrow
    assert 1 <= cut.seconds <= 1.01


def test_in_each_round_everybody_has_two_turns_and_no_place_of_their_own() -> None:
    seen: list[str] = []

    def turn(name: str) -> Callable[[], Sample]:
        def take() -> Sample:
            seen.append(name)
            return {"end": 1.0 + len(seen) % 3}

        return take

    interleave({name: turn(name) for name in "abc"}, [("a", "b")], span="end", seconds=60)
    rounds = [seen[i : i + 6] for i in range(0, len(seen), 6)]
    assert all("".join(sorted(each)) == "aabbcc" for each in rounds)
    first = [each[0] for each in rounds]
    assert all(first.count(name) > len(rounds) / 5 for name in "abc")


def test_the_control_of_nothing_is_the_same_subject_twice() -> None:
    """Whose second turn in a round is always late would differ from itself, if time decided who is who."""
    number = [0]

    def take() -> Sample:
        number[0] += 1
        return {"auth": 100.0 + 10 * (number[0] % 2) + number[0] / 1000}

    rounds = interleave({"a": take}, [], span="auth", seconds=60, rng=random.Random(4))  # noqa: S311
    one, other = rounds.twice("a", "auth")
    assert len(one) == len(other) == len(rounds)
    assert sorted(one + other) == sorted(rounds.of("a", "auth"))
    assert not stats.difference(one, other).apart
    assert 0.3 < sum(a > b for a, b in zip(one, other, strict=True)) / len(one) < 0.7
