"""SQLite as a server uses it: one open connection per thread; every failure is `StoreDown`; nothing is lost.

A write-ahead log with `synchronous=FULL`: what is committed is on the disk, and no reader waits for a writer.
SQLite 3.7.0 to 3.51.2, which most Pythons include, can in rare cases corrupt such a database when several
connections meet a reset of the log. So we use the SQLite of `apsw`: later, and the same everywhere.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import apsw

from labserver.errors import StoreDown, StoreUnusable

BUSY_MS = 2500
"""Milliseconds that a statement waits for another process's lock; then the store is down."""
MAGIC = b"SQLite format 3\0"
READERS_TRUST = 0.01
"""Seconds until a reader looks again whether the file is still there. A writer looks each time."""


class _Kept:
    """A connection, by its cursor; which file it opened, and when that was last seen in its place."""

    cursor: apsw.Cursor | None = None
    file = 0, 0
    looked = 0.0


class _Mine(threading.local):
    """Each thread's connection."""

    def __init__(self) -> None:
        self.kept = _Kept()


class Database:
    """Run single statements, each its own transaction, or several in one `transaction()`.

    A file that is locked, read-only, deleted or full raises StoreDown; when it is back, so is the database,
    without a restart. That it was deleted, a reader may notice READERS_TRUST seconds late.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self._file = str(path.absolute())
        self._mine = _Mine()
        # SQLite's own waiting is unfair: in one process, let the threads queue here instead.
        self._writers = threading.Lock()
        try:
            with closing(self._connect(apsw.SQLITE_OPEN_CREATE)) as connection:
                path.chmod(0o600)
                connection.pragma("journal_mode", "WAL")
                connection.execute(schema)
        except (apsw.Error, OSError) as error:
            raise StoreUnusable(f"The database {path} cannot be used: {error}.") from error

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run a reading statement and return all its rows. Raises StoreDown."""
        try:
            return self._cursor(READERS_TRUST).execute(sql, values).fetchall()
        except (apsw.Error, OSError, UnicodeDecodeError) as error:  # the last: text in it that is not UTF-8
            raise self._down(error) from error

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a writing statement, wait until it is on the disk, and return the number of rows it changed.

        Raises StoreDown.
        """
        try:
            with self._writers:
                cursor = self._cursor()
                cursor.execute(sql, values)
                return cursor.connection.changes()
        except (apsw.Error, OSError) as error:
            raise self._down(error) from error

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """Run several statements as one: all of them, or on an exception none. Raises StoreDown."""
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
        except (apsw.Error, OSError) as error:
            raise self._down(error) from error

    def _cursor(self, trust: float = 0.0) -> apsw.Cursor:
        """Return this thread's cursor; look whether its file is there unless we did `trust` seconds ago."""
        kept, now = self._mine.kept, monotonic()
        if kept.cursor is None or now - kept.looked >= trust:
            # A deleted file would go on working through its open handle, and every write would vanish.
            file = os.stat(self._file)
            if kept.cursor is None or kept.file != (file.st_dev, file.st_ino):
                self._forget()
                kept.cursor = self._connect().cursor()
                kept.file = file.st_dev, file.st_ino
            kept.looked = now
        return kept.cursor

    def _connect(self, create: int = 0) -> apsw.Connection:
        connection = apsw.Connection(self._file, flags=apsw.SQLITE_OPEN_READWRITE | create)
        if not create and connection.read("main", 0, 0, len(MAGIC)) != (True, MAGIC):
            # SQLite would read on in the log, and in the end write it into what has taken the file's place.
            connection.close()
            raise OSError("the file is not a database")
        connection.set_busy_timeout(BUSY_MS)
        connection.pragma("synchronous", "FULL")
        return connection

    def _down(self, error: Exception) -> StoreDown:
        self._forget()
        return StoreDown(f"{self.path.name}: {error}")

    def _forget(self) -> None:
        kept = self._mine.kept
        cursor, kept.cursor = kept.cursor, None
        if cursor:
            cursor.connection.close()
