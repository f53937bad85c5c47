"""The exercise of 10: the key cache of a service. Each case is a scenario."""

from __future__ import annotations

from collections.abc import Callable

from labserver.kit.exercises import key_cache_scenarios as keys
from labserver.kit.exercises.case import Case, Exercise

_LIMITS = (300, 10)


def _case(
    scenario: Callable[..., str],
    name: str,
    expect: str,
    why: str,
    limits: tuple[int, int] = _LIMITS,
    kids: tuple[str, ...] = ("k1",),
) -> Case:
    shown = (f"gives {' and '.join(kids)} at first", *map(str, limits))
    return Case((kids, *limits), expect, why, name, shown, scenario)


_KEY_CACHE = Exercise(
    name="10-KeyCache",
    call="KeyCache(fetch, max_age, min_gap)",
    goal="find(kid, now) returns the issuer's key of that name, or None; it fetches when that is needed.",
    cases=(
        _case(
            keys.first,
            "the first tokens",
            "k1 found, k2 found, 1 fetch",
            "One fetch brings all keys. While keys change there are two, and the kid says which one it is.",
            kids=("k1", "k2"),
        ),
        _case(
            keys.often,
            "a busy service",
            "300 found, 1 fetch",
            "The key is known and the copy is young: to ask on each request makes the issuer a part of "
            "every request again.",
        ),
        _case(
            keys.new_key,
            "a new key",
            "k2 found, k1 found",
            "An unknown kid may be a new key. Without a fetch, everybody with a new token is locked out; and "
            "the gap is over at `min_gap`, not after it.",
        ),
        _case(
            keys.strangers,
            "a flood of invented names",
            "1 fetch for 1,000 invented names",
            "Anybody can invent a kid. Without the gap, each invented one is a request to the issuer.",
        ),
        _case(
            keys.in_the_gap,
            "a known key during the gap",
            "k1 found",
            "The gap forbids to fetch, not to look into the copy: a stranger must not lock others out.",
        ),
        _case(
            keys.retired,
            "a retired key",
            "k1 found, then k1 not found",
            "At `max_age` the copy is old, even if the key is known: it may have been retired. One second "
            "before, nobody asks.",
        ),
        _case(
            keys.away,
            "the issuer is away",
            "k1 found",
            "The old copy is better than none: a service that throws it away is down whenever the issuer is.",
        ),
        _case(
            keys.away_for_long,
            "the issuer is away, and many ask",
            "1 fetch for 100 requests",
            "The gap counts from the last try, not from the last success. Otherwise every request waits for "
            "an issuer that does not answer.",
        ),
        _case(
            keys.back_again,
            "the issuer is back",
            "k1 not found",
            "It was away a moment ago, but it may be back: ask again after the gap. Then the retired key "
            "goes.",
        ),
        _case(
            keys.never_there,
            "the issuer was never there",
            "k1 not found, k1 not found, 1 fetch, then k1 found",
            "Nothing was ever fetched, so there is no age to compute; the gap holds for a first try as well.",
        ),
        _case(
            keys.retired,
            "a bank",
            "k1 found, then k1 not found",
            "The limits are handed in: here a copy is old after one minute.",
            (60, 2),
        ),
        _case(
            keys.strangers,
            "a bank that is flooded",
            "1 fetch for 1,000 invented names",
            "The limits are handed in: here the gap is two seconds.",
            (60, 2),
        ),
    ),
    done="This is the part of the second service that decides whom it believes while the issuer is away. It "
    "matters because each limit is a promise: a retired key ends after `max_age`, and no stranger makes the "
    "service flood its issuer. A colleague might fetch in a thread before the copy is old, so that no "
    "request waits, or trust nobody after a day without an answer, as our service does (`keep`).",
)

EXERCISES = (_KEY_CACHE,)
