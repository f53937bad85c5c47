"""The database under everything that is kept: durable, its owner's alone, and never mixed up with another."""

from __future__ import annotations

import sqlite3
import stat
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path

import pytest

from labserver.errors import StoreDown, StoreUnusable
from labserver.storage.database import Database

SCHEMA = "CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY) WITHOUT ROWID"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps open files where they are")


def words(database: Database) -> list[str]:
    return [word for (word,) in database.rows("SELECT word FROM words ORDER BY word")]


def add(database: Database, word: str) -> None:
    assert database.change("INSERT OR IGNORE INTO words VALUES (?)", (word,)) == 1


def test_what_is_committed_is_on_the_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / "some.db", SCHEMA)
    assert database.rows("PRAGMA journal_mode") == [("wal",)]
    assert database.rows("PRAGMA synchronous") == [(2,)], "FULL: the log is synced at each commit"


def test_a_change_tells_how_many_rows_it_changed(tmp_path: Path) -> None:
    database = Database(tmp_path / "some.db", SCHEMA)
    add(database, "one")
    assert database.change("INSERT OR IGNORE INTO words VALUES ('one')") == 0
    assert database.change("DELETE FROM words WHERE word = 'two'") == 0
    assert database.change("DELETE FROM words") == 1


def test_a_transaction_happens_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database(tmp_path / "some.db", SCHEMA)
    with database.transaction() as connection:
        connection.execute("INSERT INTO words VALUES ('one')")
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        connection.execute("INSERT INTO words VALUES ('two')")
        raise ZeroDivisionError
    assert words(database) == ["one"]


def test_other_threads_do_not_see_what_is_not_yet_committed(tmp_path: Path) -> None:
    database = Database(tmp_path / "some.db", SCHEMA)
    with ThreadPoolExecutor(1) as other:
        with database.transaction() as connection:
            connection.execute("INSERT INTO words VALUES ('one')")
            assert other.submit(words, database).result(timeout=30) == []
        assert other.submit(words, database).result(timeout=30) == ["one"]


def test_a_writer_waits_for_another_process(tmp_path: Path) -> None:
    """The other has its own `Database`, so nothing but the file's lock keeps the two apart."""
    here, there = (Database(tmp_path / "some.db", SCHEMA) for _ in range(2))
    with ThreadPoolExecutor(1) as pool:
        with there.transaction() as connection:
            connection.execute("INSERT INTO words VALUES ('one')")
            waiting = pool.submit(add, here, "two")
            assert not wait([waiting], timeout=0.2).done
        waiting.result(timeout=30)
    assert words(here) == ["one", "two"]


def test_after_a_failure_the_very_next_statement_works(tmp_path: Path) -> None:
    database = Database(tmp_path / "some.db", SCHEMA)
    add(database, "one")
    for ask in (database.rows, database.change):
        with pytest.raises(StoreDown):
            ask("SELECT nothing")
        assert words(database) == ["one"]


@POSIX
def test_nobody_else_can_read_any_of_its_files(tmp_path: Path) -> None:
    database = Database(tmp_path / "some.db", SCHEMA)
    add(database, "one")
    files = list(tmp_path.iterdir())
    assert {file.name for file in files} == {"some.db", "some.db-wal", "some.db-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_file_of_an_earlier_version_is_carried_over(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "some.db")) as old:
        assert old.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        old.execute(SCHEMA)
        old.execute("INSERT INTO words VALUES ('old')")
        old.commit()
    database = Database(tmp_path / "some.db", SCHEMA)
    add(database, "new")
    assert words(database) == ["new", "old"]
    assert database.rows("PRAGMA journal_mode") == [("wal",)]


@POSIX
def test_another_file_in_its_place_is_left_as_it_is(tmp_path: Path) -> None:
    """And what stands in the log only is there again with the database."""
    path, away, letter = tmp_path / "some.db", tmp_path / "away.db", b"This is a letter. " * 1000
    database = Database(path, SCHEMA)
    add(database, "one")
    path.rename(away)
    path.write_bytes(letter)
    with pytest.raises(StoreDown):
        add(database, "two")
    assert path.read_bytes() == letter
    away.rename(path)
    assert words(database) == ["one"]


def test_what_is_no_database_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "some.db").write_bytes(b"This is a letter. " * 1000)
    with pytest.raises(StoreUnusable, match=r"some\.db"):
        Database(tmp_path / "some.db", SCHEMA)
