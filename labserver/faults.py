"""A store that fails when the lesson asks for it. Lab mode only."""

from __future__ import annotations

import time
from collections.abc import Iterable

from labserver.board import Board
from labserver.errors import StoreDown
from labserver.stores import Kind, MemoryStore, Record, Store

UP, DOWN, SLOW = 0, 1, 2


class FaultyStore:
    """Any store, behind a switch that all workers share: up, down, or slow by so many microseconds."""

    def __init__(self, store: Store, board: Board) -> None:
        self._store, self._board, self.name = store, board, store.name
        self._resets = board.resets

    def get(self, kind: Kind, key: bytes) -> Record | None:
        return self._reach().get(kind, key)

    def put(self, kind: Kind, key: bytes, record: Record) -> None:
        self._reach().put(kind, key, record)

    def swap(self, kind: Kind, key: bytes, old: Record, new: Record | None) -> bool:
        return self._reach().swap(kind, key, old, new)

    def drop(self, kind: Kind, keys: Iterable[bytes]) -> None:
        self._reach().drop(kind, keys)

    def find(self, kind: Kind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        return self._reach().find(kind, owner)

    def forget(self, now: float) -> None:
        self._reach().forget(now)

    def _reach(self) -> Store:
        """Give the store, unless it is down, and after the delay if it is slow."""
        if self._board.fault == DOWN:
            raise StoreDown("the lab desk has taken the store down")
        if self._board.fault == SLOW:
            _wait(self._board.delay)
        if self._board.resets != self._resets:
            # A shared store was emptied by the worker that took the reset; a worker's own memory, by each.
            self._resets = self._board.resets
            if isinstance(self._store, MemoryStore):
                self._store.__init__()  # type: ignore[misc]
        return self._store


def _wait(us: float) -> None:
    """Wait exactly this long: sleep while the end is far, then watch the clock, for `sleep` alone is late."""
    end = time.perf_counter_ns() + us * 1000
    while (left := end - time.perf_counter_ns()) > 0:
        if left > 300_000:
            time.sleep((left - 200_000) / 1e9)
