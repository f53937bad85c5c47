"""Any store, with each operation recorded in the request's trace. Lab mode only."""

from __future__ import annotations

from collections.abc import Iterable

from labserver.storage.base import Record, RecordKind, Store
from labserver.tracing import trace


class TracedStore:
    """Wrap a store and record each operation. Methods as in `Store`."""

    def __init__(self, store: Store) -> None:
        self._store, self.name = store, store.name

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        with trace.step("store.get", key, record=kind) as step:
            record = self._store.get(kind, key)
            step.ok = record is not None
            step.digest = credential_digest(kind, key, record)
            return record

    def put(self, kind: RecordKind, key: bytes, record: Record) -> None:
        with trace.step("store.put", credential_digest(kind, key, record), record=kind):
            self._store.put(kind, key, record)

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        event = "store.compare_and_set" if new else "store.delete"
        with trace.step(event, credential_digest(kind, key, new or old), record=kind) as step:
            done = step.ok = self._store.compare_and_set(kind, key, old, new)
            return done

    def delete(self, kind: RecordKind, keys: Iterable[bytes]) -> None:
        keys = list(keys)
        if keys:
            digest = keys[0] if len(keys) == 1 else None
            with trace.step("store.delete", digest, record=kind, count=len(keys)):
                self._store.delete(kind, keys)

    def find(self, kind: RecordKind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        with trace.step("store.find", record=kind, owner=owner):
            return self._store.find(kind, owner)

    def purge_expired(self, now: float) -> None:
        self._store.purge_expired(now)


def credential_digest(kind: RecordKind, key: bytes, record: Record | None) -> bytes:
    """Return the SHA-256 of the credential that a row is for: a family's is that of its current token."""
    return bytes.fromhex(record.data["current"]) if kind == "family" and record else key
