"""The break-even: found where it is, and said so; not claimed where there is none."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.measurement.break_even import BreakEven, break_even, crossing, measured
from labserver.kit.measurement.rounds import Sample
from tests.kit.noise import heavy
from tests.notebooks.sanitize import sanitized

DELAYS = [0.0, 20.0, 40.0, 60.0, 80.0]


def found(seed: int, session: float, token: float, per_us: float = 1.0, seconds: float = 60) -> BreakEven:
    """Measure a simulated server on a noisy machine: each µs of delay costs the session `per_us`."""
    rng = random.Random(seed)  # noqa: S311 - noise, not a secret
    noise = heavy(rng)
    now = [0.0]

    def turn(us: float, share: float) -> Callable[[], Sample]:
        return lambda: {"auth": us + noise(50, 0) + share * now[0]}

    def delay(us: float) -> None:
        now[0] = us

    turns = {"session": turn(session, per_us), "token": turn(token, 0)}
    passes = measured(turns, delay, DELAYS, seconds, rng)
    return BreakEven(("session", "token"), DELAYS, passes)


def test_the_crossing_is_found() -> None:
    inside = 0
    for seed in range(20):
        even = found(seed, 20, 60)
        assert even.crossing.half <= max(2, 0.05 * even.crossing.middle) + 0.01
        assert abs(even.slope - 1) < 0.1
        inside += even.crossing.low <= 40 <= even.crossing.high
    assert inside >= 17


def test_it_is_said_in_words_and_by_name() -> None:
    even = found(1, 20, 60)
    assert even.title.startswith("A local look-up beats a signature; ")
    assert (even.cheaper_at(10), even.cheaper_at(40), even.cheaper_at(90)) == ("session", None, "token")
    assert repr(even).splitlines()[-1].startswith("Equal at ")
    assert even.interval("session", 40).middle > even.interval("session", 20).middle
    assert len(even.plot.rows) == len(DELAYS)
    assert ": equal" in even._repr_html_()


def test_a_token_that_is_cheaper_at_once_is_said_so() -> None:
    even = found(2, 90, 20)
    assert even.title == "A signature beats a look-up, even with the store at hand"
    assert even.cheaper_at(0) == "token"
    assert ": equal" not in even._repr_html_()


def test_nothing_is_claimed_between_equals() -> None:
    even = found(3, 50, 50)
    assert even.title == "With the store at hand, a look-up and a signature cost the same"
    assert even.cheaper_at(0) is None


def test_a_difference_that_does_not_follow_the_delay_has_no_crossing() -> None:
    even = found(4, 20, 60, per_us=0, seconds=0.5)
    assert even.title.endswith("no distance turns it")


def test_two_runs_read_the_same_but_for_their_times() -> None:
    one, other = found(5, 20, 60), found(6, 25, 70)
    assert repr(one) != repr(other)
    assert sanitized(repr(one)) == sanitized(repr(other))
    assert sanitized(one._repr_html_()) == sanitized(other._repr_html_())


def test_the_interval_is_that_of_the_passes() -> None:
    exact = [[[(10 + us, 50.0)] for us in DELAYS] for _ in range(8)]
    assert crossing(DELAYS, exact) == (40, 40, 40)


def test_it_takes_two() -> None:
    with pytest.raises(KitError, match="between two, and here are 1"):
        break_even({"session": lambda: None}, lambda us: None)
    with pytest.raises(KitError, match="one of the two answers had none"):
        break_even({"session": lambda: None, "token": lambda: None}, lambda us: None)


def test_on_a_real_server() -> None:
    with Lab.start() as lab:
        browser, app = lab.client(), lab.client("app")
        browser.post("/session/login", json=lab.login("ada"))
        pair = app.post("/token/login", json=lab.login("ada")).json()
        session = browser.get("/session/me")
        token = app.get("/token/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
        even = lab.break_even({"session": session, "token": token}, delays=[0, 1000, 2000], seconds=4)
        assert 0.5 < even.slope < 2
        assert even.cheaper_at(2000) == "token"
        again = browser.get("/session/me").headers["Server-Timing"]
        assert float(again.split("store;dur=")[1].split(",")[0]) < 1, "the delay is taken away in the end"
