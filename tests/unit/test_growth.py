"""Stores filled in bulk hold what a login writes: row for row, in both stores."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from labserver.auth.sessions import Sessions
from labserver.load import filling
from labserver.load.filling import Filled, fill_redis, fill_sqlite, look_up, record
from labserver.storage.base import Store
from labserver.storage.memory import MemoryStore
from labserver.storage.redis import RedisStore
from labserver.storage.sqlite import SQLiteStore
from tests.unit.conftest import StoppedClock

ROWS = 50


def fill(
    kind: str, request: pytest.FixtureRequest, folder: Path, sample: int = ROWS, rows: int = ROWS
) -> tuple[list[int], Filled]:
    if kind == "sqlite":
        steps = list(fill_sqlite(folder, rows, sample))
    else:
        steps = list(fill_redis(request.getfixturevalue("empty_redis"), rows, sample))
    done, filled = steps[:-1], steps[-1]
    assert isinstance(filled, Filled)
    return [step for step in done if isinstance(step, int)], filled


@pytest.fixture(params=["sqlite", "redis"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_filled_row_is_what_a_login_writes(
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    clock: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock.time = float(int(time.time()))  # Redis forgets by its own clock
    monkeypatch.setattr(filling, "BATCH", 20)
    monkeypatch.setattr(filling, "Clock", lambda: clock)
    done, filled = fill(kind, request, tmp_path)
    assert done == [20, 40, 50]
    written = MemoryStore()
    Sessions(written, clock, idle=1800, absolute=43200, last_used_interval=60).open("user0000007")
    ((_, honest),) = written.find("session")
    rows = filled.store.find("session", "user0000007")
    assert [row for _, row in rows] == [honest]
    assert filled.store.get("session", rows[0][0]) == honest
    everybody = filled.store.find("session")
    assert len(everybody) == len({key for key, _ in everybody}) == ROWS
    assert {len(key) for key, _ in everybody} == {32}
    assert {row.owner for _, row in everybody} == {f"user{number:07}" for number in range(ROWS)}
    assert {*filled.keys} == {key for key, _ in everybody}


def test_the_rows_are_in_the_stores_own_form(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """What the bulk writes and what `put` writes cannot be distinguished afterwards."""
    _, filled = fill(kind, request, tmp_path)
    key, row = filled.store.find("session", "user0000003")[0]
    before = raw(filled.store, key)
    filled.store.delete("session", [key])
    filled.store.put("session", key, row)
    assert raw(filled.store, key) == before
    assert filled.store.compare_and_set("session", key, row, None)


def raw(store: Store, key: bytes) -> object:
    if isinstance(store, SQLiteStore):
        return store._database.rows("SELECT * FROM session WHERE key = ?", (key,))
    assert isinstance(store, RedisStore)
    name = store._name("session", key)
    ttl = store._call("PTTL", name)
    owned = store._call("ZRANGE", store._list("session", "user0000003"), 0, -1, "WITHSCORES")
    return store._call("GET", name), round(ttl / 60_000), owned


def test_the_size_is_what_the_store_takes(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    rows = 5000  # a Redis also counts what it lends to other clients: some 40 kB more or less
    _, filled = fill(kind, request, tmp_path, rows=rows)
    assert 100 * rows < filled.size < 1000 * rows
    if kind == "sqlite":
        assert filled.size == os.path.getsize(tmp_path / f"{rows}.db")


def test_keys_are_drawn_without_repetition(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    _, filled = fill(kind, request, tmp_path, sample=10)
    assert len({*filled.keys}) == len(filled.keys) == 10


def test_lookups_take_turns_and_are_timed_in_blocks() -> None:
    seen: list[int] = []

    class Watched(MemoryStore):
        def get(self, kind: object, key: bytes) -> None:
            seen.append(key[0])

    now = iter(range(0, 10**9, 50_000))  # each look at this clock is 50 µs later
    filled = [Filled(Watched(), rows, 0, [bytes([rows])]) for rows in (1, 2)]
    took = look_up(filled, 4, lambda: next(now))
    assert took == {1: [1.0] * 4, 2: [1.0] * 4}
    blocks = [set(seen[start : start + 50]) for start in range(0, len(seen), 50)]
    assert all(len(block) == 1 for block in blocks)
    assert all(one != two for one, two in zip(blocks[::2], blocks[1::2], strict=True))


def test_a_busy_machine_gets_fewer_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "LOOKUP_SECONDS", 0.0)
    filled = [Filled(MemoryStore(), 1, 0, [record("ada", 0).owner.encode()])]
    assert len(look_up(filled, 10_000, time.perf_counter_ns)[1]) == filling.LEAST_BLOCKS
