"""The exercises of 10: when to fetch the issuer's keys again, and how many cores a load needs."""

from __future__ import annotations

from typing import Any

from labserver.kit.exercises.case import Case, Exercise


def _cache(**others: Any) -> dict[str, Any]:
    return {"kids": ["k1", "k2"], "fetched": 1000, "tried": 1000, "max_age": 300, "min_gap": 10, **others}


_SHOULD_FETCH = Exercise(
    name="10-should-fetch",
    call="should_fetch(cache, kid, now)",
    goal="Return True if the keys should be fetched before looking for the key kid, False if not.",
    cases=(
        Case(
            (_cache(), "k1", 1100), False, "The key is known and the copy is young: asking would be a waste."
        ),
        Case(
            (_cache(), "k2", 1100),
            False,
            "While keys rotate there are two. Each of them is known.",
        ),
        Case(
            (_cache(), "k9", 1100),
            True,
            "An unknown kid may be a new key: without asking, everybody with a new token is locked out.",
        ),
        Case(
            (_cache(), "k9", 1009),
            False,
            "Anybody can invent a kid. Without the gap, each invented one is a request to the issuer.",
        ),
        Case((_cache(), "k9", 1010), True, "The gap is over at `min_gap`, not after it."),
        Case(
            (_cache(), "k1", 1300),
            True,
            "At `max_age` the copy is old, even if the key is known: it may have been retired.",
        ),
        Case((_cache(), "k1", 1299), False, "One second before `max_age` the copy is still good."),
        Case(
            (_cache(tried=1305), "k1", 1310),
            False,
            "The issuer is down: it was asked 5 seconds ago. The gap counts from the last try, not from the "
            "last success.",
        ),
        Case(
            (_cache(tried=1305), "k1", 1315),
            True,
            "Down a moment ago, but it may be up again: ask now and then.",
        ),
        Case(
            (_cache(kids=[], fetched=None, tried=None), "k1", 5),
            True,
            "Nothing was ever fetched, so there is nothing to compare with.",
        ),
        Case(
            (_cache(kids=[], fetched=None, tried=1000), "k1", 1004),
            False,
            "The very first try failed just now. The gap holds for it, too.",
        ),
        Case(
            (_cache(max_age=60, min_gap=2), "k1", 1061),
            True,
            "The limits are the house's own: they come with the cache.",
        ),
    ),
    done="That is the whole policy of the service in part 5: one line about strangers, one about time.",
)

_CORES = Exercise(
    name="10-cores",
    call="cores(rate, us, percent)",
    goal="Return how many cores carry `rate` requests a second of `us` microseconds each, busy to `percent` "
    "at most.",
    cases=(
        Case(
            (1000, 500, 50),
            1,
            "1,000 times 500 µs is half a second of work in each second: one core, half busy.",
        ),
        Case(
            (4000, 500, 50),
            4,
            "Four times the requests, four times the cores: nothing is shared, so nothing is in the way.",
        ),
        Case((1001, 500, 50), 2, "A little more than one core can do needs a second one: cores come whole."),
        Case(
            (4000, 500, 100), 2, "Busy all the time, half as many cores will do; but then everybody queues."
        ),
        Case((10, 500, 50), 1, "However few the requests are, somebody has to be there."),
        Case((0, 500, 50), 1, "At night, with no request at all, the house must still answer the next one."),
        Case(
            (3, 100_000, 30),
            1,
            "With floats, 3 * 0.1 / 0.3 is a little more than 1, and you would buy a core for a rounding "
            "error. Whole numbers are exact.",
        ),
        Case(
            (200_000, 1000, 40),
            500,
            "A large house: 200 seconds of work in each second, on cores that are 40 % busy.",
        ),
    ),
    done="Now you can turn a measured time into a bill.",
)

EXERCISES = (_SHOULD_FETCH, _CORES)
