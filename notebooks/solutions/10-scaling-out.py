"""Solutions of 10: when to fetch the issuer's keys again, and how many cores a load needs."""

import math
from typing import Any

Cache = dict[str, Any]


def should_fetch(cache: Cache, kid: str, now: int) -> bool:
    """Hold the gap first; then ask for what is unknown, and when the copy is old."""
    if cache["tried"] is not None and now - cache["tried"] < cache["min_gap"]:
        return False
    return kid not in cache["kids"] or now - cache["fetched"] >= cache["max_age"]


def cores(rate: int, us: int, percent: int) -> int:
    """Divide the work of a second by what one core may do in it, and round up, in whole numbers."""
    return max(1, -(-rate * us // (10_000 * percent)))


solution = {"10-should-fetch": should_fetch, "10-cores": cores}


# --- well-known mistakes ---


def always_asks(cache: Cache, kid: str, now: int) -> bool:
    return True


def knows_the_first_key_only(cache: Cache, kid: str, now: int) -> bool:
    return should_fetch(cache | {"kids": cache["kids"][:1]}, kid, now)


def asks_only_by_the_clock(cache: Cache, kid: str, now: int) -> bool:
    if cache["tried"] is not None and now - cache["tried"] < cache["min_gap"]:
        return False
    return cache["fetched"] is None or now - cache["fetched"] >= cache["max_age"]


def lets_strangers_decide(cache: Cache, kid: str, now: int) -> bool:
    return kid not in cache["kids"] or now - cache["fetched"] >= cache["max_age"]


def waits_a_second_too_long(cache: Cache, kid: str, now: int) -> bool:
    return should_fetch(cache | {"min_gap": cache["min_gap"] + 1}, kid, now)


def never_grows_old(cache: Cache, kid: str, now: int) -> bool:
    if cache["tried"] is not None and now - cache["tried"] < cache["min_gap"]:
        return False
    return kid not in cache["kids"]


def is_old_a_second_early(cache: Cache, kid: str, now: int) -> bool:
    return should_fetch(cache | {"max_age": cache["max_age"] - 1}, kid, now)


def counts_from_the_last_success(cache: Cache, kid: str, now: int) -> bool:
    if cache["fetched"] is None:
        return True
    return should_fetch(cache | {"tried": cache["fetched"]}, kid, now)


def gives_up_on_an_issuer_that_was_down(cache: Cache, kid: str, now: int) -> bool:
    if cache["tried"] != cache["fetched"]:
        return False
    return should_fetch(cache, kid, now)


def forgets_the_beginning(cache: Cache, kid: str, now: int) -> bool:
    return should_fetch(cache | {"tried": cache["tried"] or now}, kid, now)


def lets_the_first_tries_come_at_once(cache: Cache, kid: str, now: int) -> bool:
    return cache["fetched"] is None or should_fetch(cache, kid, now)


def knows_one_house_only(cache: Cache, kid: str, now: int) -> bool:
    return should_fetch(cache | {"max_age": 300, "min_gap": 10}, kid, now)


def does_not_return_a_bool(cache: Cache, kid: str, now: int) -> int:
    return int(should_fetch(cache, kid, now))


def forgets_how_busy(rate: int, us: int, percent: int) -> int:
    return cores(rate, us, 100)


def takes_milliseconds(rate: int, us: int, percent: int) -> int:
    return cores(rate, us * 1000, percent)


def always_buys_one(rate: int, us: int, percent: int) -> int:
    return 1


def rounds_down(rate: int, us: int, percent: int) -> int:
    return max(1, rate * us // (10_000 * percent))


def rounds_to_the_nearest(rate: int, us: int, percent: int) -> int:
    return max(1, round(rate * us / (10_000 * percent)))


def buys_one_more(rate: int, us: int, percent: int) -> int:
    return rate * us // (10_000 * percent) + 1


def is_never_busier_than_half(rate: int, us: int, percent: int) -> int:
    return cores(rate, us, min(percent, 50))


def rounds_few_down_to_none(rate: int, us: int, percent: int) -> int:
    return -(-rate * us // (10_000 * percent)) if rate * us >= 10_000 * percent else 0


def turns_off_the_light(rate: int, us: int, percent: int) -> int:
    return -(-rate * us // (10_000 * percent))


def calculates_with_floats(rate: int, us: int, percent: int) -> int:
    return max(1, math.ceil(rate * (us / 1_000_000) / (percent / 100)))


def divides_into_floats(rate: int, us: int, percent: int) -> float:
    return max(1.0, -(-rate * us // (10_000.0 * percent)))


def stops_at_a_hundred(rate: int, us: int, percent: int) -> int:
    return min(100, cores(rate, us, percent))


wrong = {
    "10-should-fetch": [
        (always_asks, "would be a waste"),
        (knows_the_first_key_only, "there are two"),
        (asks_only_by_the_clock, "locked out"),
        (lets_strangers_decide, "Anybody can invent a kid"),
        (waits_a_second_too_long, "over at `min_gap`"),
        (never_grows_old, "it may have been retired"),
        (is_old_a_second_early, "One second before"),
        (counts_from_the_last_success, "from the last try"),
        (gives_up_on_an_issuer_that_was_down, "it may be up again"),
        (forgets_the_beginning, "Nothing was ever fetched"),
        (lets_the_first_tries_come_at_once, "The gap holds for it, too"),
        (knows_one_house_only, "the house's own"),
        (does_not_return_a_bool, "which is an int"),
    ],
    "10-cores": [
        (divides_into_floats, "which is a float"),
        (takes_milliseconds, "one core, half busy"),
        (buys_one_more, "one core, half busy"),
        (always_buys_one, "four times the cores"),
        (forgets_how_busy, "four times the cores"),
        (rounds_down, "cores come whole"),
        (rounds_to_the_nearest, "cores come whole"),
        (is_never_busier_than_half, "then everybody queues"),
        (rounds_few_down_to_none, "somebody has to be there"),
        (turns_off_the_light, "At night"),
        (calculates_with_floats, "a rounding error"),
        (stops_at_a_hundred, "A large house"),
    ],
}
