"""Sessions: the client holds an id that means nothing, the server looks up what it stands for.

The id carries 256 random bits (OWASP ASVS 7.2.3 asks for 128) and is stored as its SHA-256 only.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from labserver.auth.devices import Devices
from labserver.errors import NoSession, RowUnreadable
from labserver.formats.digests import digest
from labserver.storage.base import Record, RecordKind, Store
from labserver.storage.clock import SupportsNow, floor_to_ms
from labserver.tracing import trace


@dataclass(slots=True)
class Session:
    """A live session as one request sees it. `expires` is when it ends unless it is used again."""

    id: str = field(repr=False)
    key: bytes
    username: str
    expires: float
    data: dict[str, Any]
    role: ClassVar[None] = None


class Sessions(Devices):
    """Open, check and end sessions. Limits are in seconds, enforced here and not by the cookie.

    "Last used" is written at most every `last_used_interval` seconds, so that a check is one read; a session
    may therefore idle out up to that much early.
    """

    kind: ClassVar[RecordKind] = "session"

    def __init__(
        self, store: Store, clock: SupportsNow, *, idle: int, absolute: int, last_used_interval: int
    ) -> None:
        super().__init__(store, clock)
        self.idle, self.absolute, self._last_used_interval = idle, absolute, last_used_interval

    def open(self, username: str, before: str | None = None) -> str:
        """Begin a session and return its new id; the session that the client came with ends."""
        session_id = self.new_id(before)
        key = digest(session_id)
        if before is not None:
            self.end(before)
        trace.note("id.make", key, record="session")
        now = floor_to_ms(self._clock.now())
        expires = now + min(self.idle, self.absolute)
        self._store.put("session", key, Record(username, expires, {"created": now, "used": now}))
        return session_id

    def new_id(self, before: str | None) -> str:
        """Draw an id; what the client came with has no say in it (OWASP ASVS 7.2.4)."""
        return secrets.token_urlsafe(32)

    def check(self, session_id: str) -> Session:
        """Look the id up: one store read. Raises NoSession if it is unknown, ended, idle or too old."""
        key = digest(session_id)
        try:
            record = self._store.get("session", key)
        except RowUnreadable as error:
            self._store.delete("session", [key])  # it will never be better; the user can log in again
            raise NoSession(error.reason) from None
        if record is None:
            raise NoSession("no row has this id")
        now = self._clock.now()
        if record.expires <= now:  # the idle or the absolute limit, whichever comes first
            self._store.delete("session", [key])
            raise NoSession("the session has expired")
        if now - record.data["used"] >= self._last_used_interval:
            record = self._use(key, record, floor_to_ms(now))
        return Session(session_id, key, record.owner, record.expires, record.data)

    def end(self, session_id: str) -> None:
        """Delete the row: from now on this id identifies nobody."""
        self._store.delete("session", [digest(session_id)])

    def remember(
        self, session: Session, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Store something in the session's row: `change` takes the row's data and returns what to add to it.

        Of several requests at once none is lost. Raises NoSession if the session ended meanwhile.
        """
        row = self._store.get("session", session.key)
        while row is not None:
            changed = row._replace(data=row.data | change(row.data))
            if self._store.compare_and_set("session", session.key, row, changed):
                return changed.data
            before, row = row, self._store.get("session", session.key)
            if row == before:
                raise RowUnreadable("no change fits the row: this server does not encode rows so")
        raise NoSession("the session was ended meanwhile")

    def _use(self, key: bytes, record: Record, now: float) -> Record:
        expires = min(now + self.idle, record.data["created"] + self.absolute)
        used = record._replace(expires=expires, data=record.data | {"used": now})
        # Compare and set, not a write: a logout in the meantime must not be undone.
        if self._store.compare_and_set("session", key, record, used):
            return used
        latest = self._store.get("session", key)
        if latest is None:
            raise NoSession("the session was ended meanwhile")
        return latest
