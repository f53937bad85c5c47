"""Solution of 10: the key cache of a service."""

from collections.abc import Callable
from typing import Any

Keys = dict[str, Any]


class KeyCache:
    """The issuer's public keys, fetched when they are needed and not too often."""

    def __init__(self, fetch: Callable[[], Keys], max_age: int, min_gap: int) -> None:
        self.fetch, self.max_age, self.min_gap = fetch, max_age, min_gap
        self.keys: Keys = {}
        self.fetched = self.tried = -1_000_000_000  # long ago

    def find(self, kid: str, now: int) -> Any:
        """Return the key of this name, or None."""
        if self.should_fetch(kid, now):
            self.refresh(now)
        return self.keys.get(kid)

    def should_fetch(self, kid: str, now: int) -> bool:
        """Hold the gap first; then ask for what is unknown, and when the copy is old."""
        if now - self.tried < self.min_gap:
            return False
        return kid not in self.keys or now - self.fetched >= self.max_age

    def refresh(self, now: int) -> None:
        """Fetch the keys. If that fails, those that are there stay."""
        self.tried = now
        try:
            self.keys = self.fetch()
            self.fetched = now
        except ConnectionError:
            pass


solution = {"10-KeyCache": KeyCache}


# --- well-known mistakes ---


class AlwaysAsks(KeyCache):
    def should_fetch(self, kid: str, now: int) -> bool:
        return True


class KeepsOneKey(KeyCache):
    def refresh(self, now: int) -> None:
        super().refresh(now)
        self.keys = dict(list(self.keys.items())[:1])


class TakesTheFirstKey(KeyCache):
    def find(self, kid: str, now: int) -> Any:
        super().find(kid, now)
        return next(iter(self.keys.values()), None)


class AsksOnlyByTheClock(KeyCache):
    def should_fetch(self, kid: str, now: int) -> bool:
        return now - self.tried >= self.min_gap and now - self.fetched >= self.max_age


class LetsStrangersDecide(KeyCache):
    def should_fetch(self, kid: str, now: int) -> bool:
        return kid not in self.keys or now - self.fetched >= self.max_age


class WaitsASecondTooLong(KeyCache):
    def should_fetch(self, kid: str, now: int) -> bool:
        return now - self.tried > self.min_gap and super().should_fetch(kid, now)


class RefusesInTheGap(KeyCache):
    def find(self, kid: str, now: int) -> Any:
        stranger = now - self.tried < self.min_gap and self.unknown
        key = None if stranger else super().find(kid, now)
        self.unknown = key is None
        return key

    unknown = False


class NeverGrowsOld(KeyCache):
    def should_fetch(self, kid: str, now: int) -> bool:
        return now - self.tried >= self.min_gap and kid not in self.keys


class IsOldASecondEarly(KeyCache):
    def should_fetch(self, kid: str, now: int) -> bool:
        return super().should_fetch(kid, now + 1 if now - self.tried >= self.max_age - 1 else now)


class CrashesWhenNobodyAnswers(KeyCache):
    def refresh(self, now: int) -> None:
        self.tried = now
        self.keys = self.fetch()
        self.fetched = now


class ThrowsTheCopyAway(KeyCache):
    def refresh(self, now: int) -> None:
        self.keys = {}
        super().refresh(now)


class CountsFromTheLastSuccess(KeyCache):
    def refresh(self, now: int) -> None:
        super().refresh(now)
        self.tried = self.fetched


class GivesUpAfterAFailure(KeyCache):
    def should_fetch(self, kid: str, now: int) -> bool:
        failed = bool(self.keys) and self.tried != self.fetched
        return not failed and super().should_fetch(kid, now)


class GivesUpAtTheBeginning(KeyCache):
    def should_fetch(self, kid: str, now: int) -> bool:
        first = self.tried < 0
        return (first or bool(self.keys)) and super().should_fetch(kid, now)


class KnowsOneLimitOnly(KeyCache):
    def __init__(self, fetch: Callable[[], Keys], max_age: int, min_gap: int) -> None:
        super().__init__(fetch, 300, min_gap)


class KnowsOneGapOnly(KeyCache):
    def should_fetch(self, kid: str, now: int) -> bool:
        self.min_gap = min(self.min_gap, 10) if self.max_age == 300 else 0
        return super().should_fetch(kid, now)


wrong = {
    "10-KeyCache": [
        (AlwaysAsks, "1 fetch"),
        (KeepsOneKey, "there are two"),
        (TakesTheFirstKey, "the kid says which"),
        (AsksOnlyByTheClock, "locked out"),
        (LetsStrangersDecide, "Anybody can invent a kid"),
        (WaitsASecondTooLong, "over at `min_gap`"),
        (RefusesInTheGap, "must not lock others out"),
        (NeverGrowsOld, "it may have been retired"),
        (IsOldASecondEarly, "300 found"),
        (CrashesWhenNobodyAnswers, "better than none"),
        (ThrowsTheCopyAway, "better than none"),
        (CountsFromTheLastSuccess, "from the last try"),
        (GivesUpAfterAFailure, "it may be back"),
        (GivesUpAtTheBeginning, "Nothing was ever fetched"),
        (KnowsOneLimitOnly, "after one minute"),
        (KnowsOneGapOnly, "two seconds"),
    ],
}
