"""Scenarios for the session store that the learner writes: attacks, and honest use.

Each is called with the class and the two limits in seconds, creates stores, and returns in a few words how it
went. Raises NotImplementedError where nothing is written yet.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Protocol

KEPT_OUT = "kept out"
USERS = ("ada", "grace", "mallory")
ENOUGH = 128
"""Bits that an id must carry (OWASP ASVS 5.0, 7.2.3)."""


class LearnerStore(Protocol):
    """The session store that the learner writes. Times are in seconds."""

    def open(self, user: str, now: int, came_with: str | None = None) -> str:
        """Open a session and return its id; `came_with` is the id that the login's request carried."""

    def read(self, session_id: str, now: int) -> str | None:
        """Return the user whose session this is, or None if it is over or unknown."""

    def end(self, session_id: str) -> None:
        """End a session; an unknown id is ignored."""


Make = Callable[[int, int], LearnerStore]


def _new(make: Make, idle: int, absolute: int) -> LearnerStore:
    store = make(idle, absolute)
    if any(store is nothing for nothing in (None, NotImplemented, ...)):
        raise NotImplementedError("there is no store yet")
    return store


def _open(store: LearnerStore, user: str, now: int = 0, came_with: str | None = None) -> str:
    session_id: str | None = store.open(user, now, came_with)
    if session_id is None:
        raise NotImplementedError("open gives no id yet")
    return session_id


def _try(store: LearnerStore, session_id: str, now: int, what: str) -> str:
    who = store.read(session_id, now)
    return KEPT_OUT if who is None else f"{what} opens the session of {who}"


def two_people(make: Make, idle: int, absolute: int) -> str:
    """Log two people in, and read both sessions."""
    store = _new(make, idle, absolute)
    ada, grace = _open(store, "ada"), _open(store, "grace")
    return f"{store.read(ada, 1)} and {store.read(grace, 1)}"


def guess(make: Make, idle: int, absolute: int) -> str:
    """Log the same people in twice, at the same time and with `random` in the same state."""

    def log_in() -> list[str]:
        store = _new(make, idle, absolute)
        return [str(_open(store, user)) for user in USERS]

    return can_be_computed(log_in)


def can_be_computed(log_in: Callable[[], list[str]]) -> str:
    """Let `log_in` draw ids twice, each time with `random` in the same state, and judge them."""
    state, runs = random.getstate(), []
    try:
        for _ in range(2):
            random.seed(7)
            runs.append(log_in())
    finally:
        random.setstate(state)
    if set(runs[0]) & set(runs[1]):
        return "the same logins gave the same ids: anyone who knows the rule computes them"
    room = bits(runs[0] + runs[1])
    return KEPT_OUT if room >= ENOUGH else f"an id has room for {room} bits at the most"


def bits(ids: list[str]) -> int:
    """Return how many bits such ids have room for: by the shortest of them, and the letters that occur."""
    letters = set().union(*ids)
    kinds = 10 if letters <= set("0123456789") else 16 if letters <= set("0123456789abcdef") else 64
    return math.floor(min(map(len, ids)) * math.log2(kinds))


def made_up(make: Make, idle: int, absolute: int) -> str:
    """Read ids that were never issued."""
    store = _new(make, idle, absolute)
    _open(store, "ada")
    tried = [_try(store, text, 1, f"the id {text!r}") for text in ("", "ada", "A" * 43, "../../store")]
    return next((result for result in tried if result != KEPT_OUT), KEPT_OUT)


def plant(make: Make, idle: int, absolute: int) -> str:
    """Log Ada in with the id of Mallory's own session in her browser."""
    store = _new(make, idle, absolute)
    return _log_in_over(store, _open(store, "mallory"))


def plant_made_up(make: Make, idle: int, absolute: int) -> str:
    """Log Ada in with an id in her browser that Mallory invented."""
    return _log_in_over(_new(make, idle, absolute), "mallory-made-this-up")


def _log_in_over(store: LearnerStore, planted: str) -> str:
    """Log Ada in with Mallory's id in her browser, then come as Mallory."""
    own = _open(store, "ada", 1, planted)
    result = _try(store, planted, 2, "the planted id")
    return result if result != KEPT_OUT or store.read(own, 2) == "ada" else "Ada herself is locked out"


def replay(make: Make, idle: int, absolute: int) -> str:
    """Use a copy of the id after the logout."""
    store = _new(make, idle, absolute)
    copy = _open(store, "ada")
    store.end(copy)
    return _try(store, copy, 1, "the copy")


def log_out_twice(make: Make, idle: int, absolute: int) -> str:
    """Log out twice, and end an id that was never issued."""
    store = _new(make, idle, absolute)
    ada, grace = _open(store, "ada"), _open(store, "grace")
    for session_id in (ada, ada, "never-issued"):
        store.end(session_id)
    return f"{store.read(grace, 1)} is still logged in"


def at_work(make: Make, idle: int, absolute: int) -> str:
    """Use the session one second before each idle limit, until the absolute limit."""
    store = _new(make, idle, absolute)
    session_id = _open(store, "ada")
    seen = [store.read(session_id, now) for now in range(idle - 1, absolute, idle - 1)]
    return f"{seen.count('ada')} of {len(seen)} requests were Ada's"


def at_the_idle_limit(make: Make, idle: int, absolute: int) -> str:
    """Use the session at the very second of the idle limit."""
    store = _new(make, idle, absolute)
    return _try(store, _open(store, "ada"), idle, f"after {idle} s of silence, the id")


def keep_alive(make: Make, idle: int, absolute: int) -> str:
    """Keep a copy alive by use, until the absolute limit."""
    store = _new(make, idle, absolute)
    copy = _open(store, "ada")
    for now in range(idle // 2, absolute, idle // 2):
        store.read(copy, now)
    return _try(store, copy, absolute, f"after {absolute} s of use, the copy")


def clock_set_back(make: Make, idle: int, absolute: int) -> str:
    """Let the session end, then set the clock back."""
    store = _new(make, idle, absolute)
    copy = _open(store, "ada")
    store.read(copy, idle)
    return _try(store, copy, 1, "with the clock set back, the copy")


def steal_the_table(make: Make, idle: int, absolute: int) -> str:
    """Look for the ids in what the store keeps."""
    store = _new(make, idle, absolute)
    ids, table = [str(_open(store, user)) for user in ("ada", "grace")], repr(getattr(store, "__dict__", {}))
    return "the ids stand in the table as they are" if any(one in table for one in ids) else KEPT_OUT
