"""The session store in this process's memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from labserver.storage.base import KINDS, Record, RecordKind


class MemoryStore:
    """A dict in this process: the fastest; gone with the process, and invisible to other workers."""

    name = "memory"

    def __init__(self) -> None:
        self._rows: dict[RecordKind, dict[bytes, Record]] = {kind: {} for kind in KINDS}
        self._lock = threading.Lock()

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        return self._rows[kind].get(key)

    def put(self, kind: RecordKind, key: bytes, record: Record) -> None:
        with self._lock:  # another thread may be listing the rows
            self._rows[kind][key] = record

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        with self._lock:
            if self._rows[kind].get(key) != old:
                return False
            if new is None:
                del self._rows[kind][key]
            else:
                self._rows[kind][key] = new
            return True

    def delete(self, kind: RecordKind, keys: Iterable[bytes]) -> None:
        with self._lock:
            for key in keys:
                self._rows[kind].pop(key, None)

    def find(self, kind: RecordKind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        with self._lock:
            return [(key, row) for key, row in self._rows[kind].items() if owner in (None, row.owner)]

    def purge_expired(self, now: float) -> None:
        for kind in self._rows:
            self.delete(kind, [key for key, row in self.find(kind) if row.expires <= now])
