"""What the unit tests share: a clock that stands still, and every store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labserver.storage.base import Store
from labserver.storage.clock import Clock
from labserver.storage.memory import MemoryStore
from labserver.storage.redis import RedisStore
from labserver.storage.sqlite import SQLiteStore


@dataclass
class StoppedClock(Clock):
    """A clock that a test sets."""

    time: float = 1_800_000_000.0

    def now(self) -> float:
        return self.time


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Every store in turn; whatever holds for one has to hold for all."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "sqlite":
        return SQLiteStore(tmp_path / "sessions.db")
    return RedisStore(request.getfixturevalue("empty_redis"))


@pytest.fixture
def empty_redis(redis_url: str) -> Iterator[str]:
    """The address of a Redis with nothing in it."""
    import redis

    with redis.Redis.from_url(redis_url) as connection:
        connection.flushdb()
        yield redis_url


Race = Callable[[Callable[[int], object]], list[object]]


@pytest.fixture
def race() -> Race:
    """Return a function that has eight threads do the same at the same moment, and lists what each got."""

    def run(do: Callable[[int], object]) -> list[object]:
        gate = threading.Barrier(8)
        results: list[object] = [None] * 8

        def one(number: int) -> None:
            gate.wait(timeout=30)
            try:
                results[number] = do(number)
            except Exception as error:
                results[number] = error

        threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        return results

    return run
