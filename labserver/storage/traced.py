"""Any store, with every operation recorded in the request's trace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labserver.storage.base import Record, RecordKind, Store
from labserver.tracing import trace


class TracedStore:
    """Any store, with every verb recorded in the request's trace. Lab mode only."""

    _WHAT: ClassVar[dict[RecordKind, str]] = {
        "session": "a session",
        "family": "a refresh family",
        "denied": "a denied token id",
    }

    def __init__(self, store: Store) -> None:
        self._store, self.name = store, store.name

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        with trace.step("store.get", key, what=self._WHAT[kind]) as step:
            record = self._store.get(kind, key)
            step.ok = record is not None
            step.digest = self._credential(kind, key, record)
            return record

    def put(self, kind: RecordKind, key: bytes, record: Record) -> None:
        with trace.step("store.put", self._credential(kind, key, record), what=self._WHAT[kind]):
            self._store.put(kind, key, record)

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        verb = "store.swap" if new else "store.drop"
        with trace.step(verb, self._credential(kind, key, new or old), what=self._WHAT[kind]) as step:
            done = step.ok = self._store.compare_and_set(kind, key, old, new)
            return done

    @staticmethod
    def _credential(kind: RecordKind, key: bytes, record: Record | None) -> bytes:
        """Give the SHA-256 of the credential that the row is for: a family's is its good token's."""
        return bytes.fromhex(record.data["current"]) if kind == "family" and record else key

    def delete(self, kind: RecordKind, keys: Iterable[bytes]) -> None:
        keys = list(keys)
        if keys:
            with trace.step(
                "store.drop", keys[0] if len(keys) == 1 else None, what=_count(self._WHAT[kind], keys)
            ):
                self._store.delete(kind, keys)

    def find(self, kind: RecordKind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        with trace.step("store.find", what=_count(self._WHAT[kind], None), owner=owner or "everybody"):
            return self._store.find(kind, owner)

    def purge_expired(self, now: float) -> None:
        self._store.purge_expired(now)


def _count(what: str, keys: list[bytes] | None) -> str:
    noun = what.split(" ", 1)[1]
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    if keys is None:
        return plural
    return what if len(keys) == 1 else f"{len(keys)} {plural}"
