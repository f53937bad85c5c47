"""What a row of each kind must look like, and a store that returns no other.

A row may be odd without an attack: a damaged disk, another program in the same Redis, another version of this
server. The user it belongs to has to log in again; nobody else notices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeGuard

from labserver.errors import RowUnreadable
from labserver.storage.base import (
    DeniedData,
    FamilyData,
    Record,
    RecordKind,
    SessionData,
    Store,
    is_time,
)

Data = dict[str, Any]


def is_session(data: Data) -> TypeGuard[SessionData]:
    """Tell whether a session's row has its times, and whatever else it has in its form."""
    return (
        is_time(data.get("created"))
        and is_time(data.get("used"))
        and (len(data) == len(("created", "used")) or _is_extra(data))
    )


def _is_extra(data: Data) -> bool:
    """Check what a session's row may have besides its times."""
    cart = data.get("cart", [])
    return (
        type(cart) is list
        and all(type(item) is str for item in cart)
        and type(data.get("flash", "")) is str
        and type(data.get("sealed", "")) is str
        and is_time(data.get("lease", 0.0))
    )


def is_family(data: Data) -> TypeGuard[FamilyData]:
    """Tell whether a family's row has its times, the hash of its current token, and its access tokens."""
    current, issued = data.get("current"), data.get("issued")
    return (
        is_time(data.get("created"))
        and is_time(data.get("used"))
        and type(current) is str
        and re.fullmatch("[0-9a-f]{64}", current) is not None
        and type(issued) is list
        and all(
            type(one) is list and len(one) == 2 and type(one[0]) is str and is_time(one[1]) for one in issued
        )
    )


def is_denied(data: Data) -> TypeGuard[DeniedData]:
    """Accept any row: that it is there is what counts."""
    return True


SHAPES: dict[RecordKind, Callable[[Data], bool]] = {
    "session": is_session,
    "family": is_family,
    "denied": is_denied,
}


class CheckedStore:
    """Wrap a store: a row that this server has not written so is RowUnreadable. Methods as in `Store`."""

    def __init__(self, store: Store) -> None:
        self._store, self.name = store, store.name

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        record = self._store.get(kind, key)
        if record is not None and not SHAPES[kind](record.data):
            raise RowUnreadable(f"the row of a {kind} is not as this server writes it")
        return record

    def put(self, kind: RecordKind, key: bytes, record: Record) -> None:
        self._store.put(kind, key, record)

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        return self._store.compare_and_set(kind, key, old, new)

    def delete(self, kind: RecordKind, keys: Iterable[bytes]) -> None:
        self._store.delete(kind, keys)

    def find(self, kind: RecordKind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        return [row for row in self._store.find(kind, owner) if SHAPES[kind](row[1].data)]

    def purge_expired(self, now: float) -> None:
        self._store.purge_expired(now)
