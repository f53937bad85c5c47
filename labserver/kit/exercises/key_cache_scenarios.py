"""Scenarios for the key cache that the learner writes: an issuer that changes keys, is away, or is flooded.

Each is called with the class, the names of the issuer's keys and two limits in seconds, and returns in a few
words how it went. Raises NotImplementedError where nothing is written yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Issuer:
    """An issuer that is asked for its keys, and counts how often; while away it raises ConnectionError."""

    def __init__(self, *kids: str) -> None:
        self.kids, self.asked, self.away = list(kids), 0, False

    def fetch(self) -> dict[str, str]:
        """Return the keys by their names. Raises ConnectionError while the issuer is away."""
        self.asked += 1
        if self.away:
            raise ConnectionError("the issuer does not answer")
        return {kid: f"the key {kid}" for kid in self.kids}


class LearnerCache(Protocol):
    """The cache that the learner writes. `now` is in seconds."""

    def find(self, kid: str, now: int) -> str | None:
        """Return the key with this id, fetched if need be; None if the issuer has none."""


Kids = tuple[str, ...]
Make = Callable[[Callable[[], dict[str, str]], int, int], LearnerCache]


def _new(make: Make, issuer: Issuer, max_age: int, min_gap: int) -> LearnerCache:
    """Make a cache, if the learner's class finds a key at all."""
    trial = make(Issuer("k1").fetch, max_age, min_gap)
    unwritten = any(trial is nothing for nothing in (None, NotImplemented, ...))
    if unwritten or trial.find("k1", 1000) in (None, NotImplemented, ...):
        raise NotImplementedError("find returns no key yet")
    return make(issuer.fetch, max_age, min_gap)


def _found(cache: LearnerCache, kid: str, now: int) -> str:
    key = cache.find(kid, now)
    if key is not None and key != f"the key {kid}":
        return f"{key!r} in place of {kid}"
    return f"{kid} {'not found' if key is None else 'found'}"


def first(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Ask for two keys in the first second."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    return f"{_found(cache, 'k1', 1000)}, {_found(cache, 'k2', 1000)}, {issuer.asked} fetch"


def often(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Ask for a known key in every second until the copy is old."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    found = [cache.find("k1", 1000 + second) for second in range(max_age)]
    return f"{sum(key is not None for key in found)} found, {issuer.asked} fetch"


def new_key(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Let the issuer add a key, and ask for it as soon as the gap is over."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    cache.find("k1", 1000)
    issuer.kids.append("k2")
    return f"{_found(cache, 'k2', 1000 + min_gap)}, {_found(cache, 'k1', 1000 + min_gap)}"


def strangers(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Ask for a thousand names that nobody has given to a key, within one gap."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    cache.find("k1", 1000)
    for number in range(1000):
        cache.find(f"invented-{number}", 1000 + min_gap + number * min_gap // 1000)
    return f"{issuer.asked - 1} fetch for 1,000 invented names"


def in_the_gap(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Ask for a known key just after an invented name was asked for."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    cache.find("k1", 1000)
    cache.find("invented", 1000 + min_gap)
    return _found(cache, "k1", 1000 + min_gap + 1)


def retired(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Let the issuer retire a key; ask one second before the copy is old, and then."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    cache.find("k1", 1000)
    issuer.kids = ["k2"]
    return f"{_found(cache, 'k1', 999 + max_age)}, then {_found(cache, 'k1', 1000 + max_age)}"


def away(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Ask for a known key when the copy is old and the issuer does not answer."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    cache.find("k1", 1000)
    issuer.away = True
    return _found(cache, "k1", 1000 + max_age)


def away_for_long(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Ask a hundred times within one gap, while the issuer does not answer."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    cache.find("k1", 1000)
    issuer.away = True
    for number in range(100):
        cache.find("k1", 1000 + max_age + number * min_gap // 100)
    return f"{issuer.asked - 1} fetch for 100 requests"


def back_again(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Let the issuer come back with another key, one gap after it did not answer."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    cache.find("k1", 1000)
    issuer.away = True
    cache.find("k1", 1000 + max_age)
    issuer.away, issuer.kids = False, ["k2"]
    return _found(cache, "k1", 1000 + max_age + min_gap)


def never_there(make: Make, kids: Kids, max_age: int, min_gap: int) -> str:
    """Ask while the issuer has not answered yet; twice within a gap, and after it, when it does."""
    issuer = Issuer(*kids)
    cache = _new(make, issuer, max_age, min_gap)
    issuer.away = True
    early = f"{_found(cache, 'k1', 5)}, {_found(cache, 'k1', 4 + min_gap)}, {issuer.asked} fetch"
    issuer.away = False
    return f"{early}, then {_found(cache, 'k1', 5 + min_gap)}"
