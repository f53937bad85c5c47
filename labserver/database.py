"""SQLite as a server uses it: one connection per thread, kept; every failure is `StoreDown`; nothing is lost.

Durability first: the rollback journal with `synchronous=FULL`. SQLite 3.7.0 to 3.51.2 can, rarely, corrupt a
database in WAL mode when several connections meet a reset of the log; from 3.51.3 on WAL is safe, and faster.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from labserver.errors import StoreDown, StoreUnusable

WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3)
BUSY_SECONDS = 2.5
READERS_TRUST = 0.01
"""Seconds until a reader looks again whether the file is still there. A writer looks each time."""


class _Mine(threading.local):
    """A thread's own connection, by its cursor, and which file it opened."""

    cursor: sqlite3.Cursor | None = None
    file = 0, 0
    looked = 0.0


class Database:
    """Run single statements, each its own transaction, or several in one `transaction()`.

    A file that is locked, read-only, deleted or full raises StoreDown; when it is back, so is the database,
    without a restart. That it was deleted, a reader may notice READERS_TRUST seconds late.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self._file = str(path)
        self._mine = _Mine()
        # SQLite's own waiting is unfair: in one process, let the threads queue here instead.
        self._writers = threading.Lock()
        try:
            with self._closing(self._connect("rwc")) as connection:
                connection.executescript(schema)
            path.chmod(0o600)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnusable(f"The database {path} cannot be used: {error}.") from error

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run a reading statement and give all its rows."""
        try:
            return self._cursor(READERS_TRUST).execute(sql, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise self._down(error) from error

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a writing statement, wait until it is on the disk, and give the number of rows it changed."""
        try:
            with self._writers:
                return self._cursor().execute(sql, values).rowcount
        except (sqlite3.Error, OSError) as error:
            raise self._down(error) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run several statements as one: all of them, or on an exception none."""
        try:
            with self._writers:
                connection = self._cursor().connection
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError) as error:
            raise self._down(error) from error

    def _cursor(self, trust: float = 0.0) -> sqlite3.Cursor:
        """Give this thread's cursor; look whether its file is there unless we did `trust` seconds ago."""
        kept, now = self._mine, monotonic()
        if kept.cursor is None or now - kept.looked >= trust:
            # A deleted file would go on working through its open handle, and every write would vanish.
            file = os.stat(self._file)
            if kept.cursor is None or kept.file != (file.st_dev, file.st_ino):
                self._forget()
                kept.cursor = self._connect("rw").cursor()
                kept.file = file.st_dev, file.st_ino
            kept.looked = now
        return kept.cursor

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
        )
        connection.execute(f"PRAGMA journal_mode={'WAL' if WAL_IS_SAFE else 'DELETE'}")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def _down(self, error: Exception) -> StoreDown:
        self._forget()
        return StoreDown(f"{self.path.name}: {error}")

    def _forget(self) -> None:
        cursor, self._mine.cursor = self._mine.cursor, None
        if cursor:
            cursor.connection.close()

    @staticmethod
    @contextmanager
    def _closing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        try:
            yield connection
        finally:
            connection.close()
