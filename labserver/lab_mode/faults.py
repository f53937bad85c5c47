"""A store that fails when the lesson asks for it. Lab mode only."""

from __future__ import annotations

import time
from collections.abc import Iterable

from labserver.errors import StoreDown
from labserver.lab_mode.shared_state import SharedState
from labserver.storage.base import Record, RecordKind, Store
from labserver.storage.memory import MemoryStore

UP, DOWN, SLOW = 0, 1, 2


class FaultyStore:
    """Any store, behind a switch that all workers share: up, down, or slow by a number of microseconds."""

    def __init__(self, store: Store, shared: SharedState) -> None:
        self._store, self._shared, self.name = store, shared, store.name
        self._resets = shared.resets

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        return self._reach().get(kind, key)

    def put(self, kind: RecordKind, key: bytes, record: Record) -> None:
        self._reach().put(kind, key, record)

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        return self._reach().compare_and_set(kind, key, old, new)

    def delete(self, kind: RecordKind, keys: Iterable[bytes]) -> None:
        self._reach().delete(kind, keys)

    def find(self, kind: RecordKind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        return self._reach().find(kind, owner)

    def purge_expired(self, now: float) -> None:
        self._reach().purge_expired(now)

    def _reach(self) -> Store:
        """Return the store, unless it is down, and after the delay if it is slow."""
        if self._shared.fault == DOWN:
            raise StoreDown("the lab desk has taken the store down")
        if self._shared.fault == SLOW:
            _wait(self._shared.delay)
        if self._shared.resets != self._resets:
            # A shared store was emptied by the worker that took the reset; a worker's own memory, by each.
            self._resets = self._shared.resets
            if isinstance(self._store, MemoryStore):
                self._store.__init__()  # type: ignore[misc]
        return self._store


def _wait(us: float) -> None:
    """Wait exactly this long: sleep while the end is far, then watch the clock, for `sleep` alone is late."""
    end = time.perf_counter_ns() + us * 1000
    while (left := end - time.perf_counter_ns()) > 0:
        if left > 300_000:
            time.sleep((left - 200_000) / 1e9)
