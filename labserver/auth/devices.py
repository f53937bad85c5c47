"""What the store remembers of a user, a row for each device: it can be listed, and ended."""

from __future__ import annotations

import hashlib
from typing import ClassVar, TypedDict

from labserver.storage.base import Record, RecordKind, Store
from labserver.storage.clock import SupportsNow


class Device(TypedDict):
    """One row as its owner sees it. Times are in seconds since 1970; `handle` opens nothing."""

    handle: str
    created: float
    last_used: float
    current: bool


class Devices:
    """All rows of one kind: sessions, or refresh families."""

    kind: ClassVar[RecordKind]

    def __init__(self, store: Store, clock: SupportsNow) -> None:
        self._store, self._clock = store, clock

    def listing(self, username: str, current: bytes | None = None) -> list[Device]:
        """List a user's live rows, the latest used first."""
        now = self._clock.now()
        rows = [row for row in self._store.find(self.kind, username) if row[1].expires > now]
        return [
            {
                "handle": public_id(key),
                "created": record.data["created"],
                "last_used": record.data["used"],
                "current": key == current,
            }
            for key, record in sorted(rows, key=lambda row: -row[1].data["used"])
        ]

    def end_by_public_id(self, username: str, name: str) -> bool:
        """End one of the user's own rows; False if none has this handle."""
        rows = [row for row in self._store.find(self.kind, username) if public_id(row[0]) == name]
        self.end_rows(rows)
        return bool(rows)

    def end_all(self, username: str) -> None:
        """End all of a user's rows."""
        self.end_rows(self._store.find(self.kind, username))

    def end_rows(self, rows: list[tuple[bytes, Record]]) -> None:
        """Delete these rows."""
        self._store.delete(self.kind, [key for key, _ in rows])


def public_id(key: bytes) -> str:
    """Name a row to its owner, without giving away the credential or the key."""
    return hashlib.sha256(b"handle" + key).hexdigest()[:16]
