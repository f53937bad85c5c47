"""The session store in SQLite."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from labserver.errors import RowUnreadable
from labserver.storage.base import KINDS, Record, RecordKind, dumps, parse
from labserver.storage.database import Database
from labserver.storage.rows import make_record


class SQLiteStore:
    """A file on this machine, shared by all its workers; survives a crash."""

    name = "sqlite"
    # WITHOUT ROWID: the row lives in the key's own B-tree; a check is one descent of it, at half the bytes.
    _SCHEMA = "".join(
        f"CREATE TABLE IF NOT EXISTS {kind} "
        "(key BLOB PRIMARY KEY, owner TEXT NOT NULL, expires REAL NOT NULL, data TEXT NOT NULL) "
        "WITHOUT ROWID;"
        f"CREATE INDEX IF NOT EXISTS {kind}_owner ON {kind} (owner);"
        for kind in KINDS
    )
    _GET: ClassVar = {kind: f"SELECT owner, expires, data FROM {kind} WHERE key = ?" for kind in KINDS}

    def __init__(self, path: Path) -> None:
        self._database = Database(path, self._SCHEMA)

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        for owner, expires, data in self._database.rows(self._GET[kind], (key,)):
            return make_record(kind, owner, expires, parse(data))
        return None

    def put(self, kind: RecordKind, key: bytes, record: Record) -> None:
        self._database.change(
            f"INSERT OR REPLACE INTO {kind} VALUES (?, ?, ?, ?)",
            (key, record.owner, record.expires, dumps(record.data)),
        )

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        still = (key, old.owner, old.expires, dumps(old.data))
        same = "WHERE key = ? AND owner = ? AND expires = ? AND data = ?"
        if new is None:
            return self._database.change(f"DELETE FROM {kind} {same}", still) == 1
        values = (new.owner, new.expires, dumps(new.data), *still)
        sql = f"UPDATE {kind} SET owner = ?, expires = ?, data = ? {same}"
        return self._database.change(sql, values) == 1

    def delete(self, kind: RecordKind, keys: Iterable[bytes]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(f"DELETE FROM {kind} WHERE key = ?", [(key,) for key in keys])

    def find(self, kind: RecordKind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        everybody = f"SELECT key, owner, expires, data FROM {kind}"
        one = (everybody + " WHERE owner = ?", (owner,))
        rows = self._database.rows(everybody) if owner is None else self._database.rows(*one)
        found = []
        for key, whose, expires, data in rows:
            with suppress(RowUnreadable):
                found.append((key, make_record(kind, whose, expires, parse(data))))
        return found

    def purge_expired(self, now: float) -> None:
        for kind in KINDS:
            some = f"SELECT key FROM {kind} WHERE expires <= ? LIMIT 10000"
            self._database.change(f"DELETE FROM {kind} WHERE key IN ({some})", (now,))
