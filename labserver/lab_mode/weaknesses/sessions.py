"""Weak session ids."""

from __future__ import annotations

import itertools
from typing import ClassVar

from labserver.auth.sessions import Sessions
from labserver.formats.digests import digest
from labserver.lab_mode.weaknesses.registry import Weakness
from labserver.tracing import trace


class CountedIds(Sessions):
    """Session ids are numbers, the next one for the next login."""

    _numbers: ClassVar = itertools.count(1001)

    def new_id(self, before: str | None) -> str:
        # Each worker counts for itself, so it asks whether another has used this number already.
        free = (str(n) for n in self._numbers if self._store.get("session", digest(str(n))) is None)
        return next(free)

    def open(self, username: str, before: str | None = None) -> str:
        session_id = super().open(username, before)
        trace.amend("id.make", random_bits=0, source="counter")
        return session_id


class KeptIds(Sessions):
    """A login goes on with the id that the client came with, no matter who gave it to the client."""

    def new_id(self, before: str | None) -> str:
        return before or super().new_id(before)

    def open(self, username: str, before: str | None = None) -> str:
        session_id = super().open(username, before)
        if session_id == before:
            trace.amend("id.make", random_bits=0, source="client")
        return session_id


WEAKNESSES = (
    Weakness("predictable-ids", "Session ids are counted up.", "predictable_ids", sessions=CountedIds),
    Weakness(
        "no-regeneration",
        "A login keeps the session id that the client came with.",
        "fixation",
        sessions=KeptIds,
    ),
)
