"""What the unit tests share: a clock that stands still, and every store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labserver.storage.base import KINDS, LATEST, Store
from labserver.storage.clock import Clock
from labserver.storage.registry import STORES, StoreEntry, open_store
from tests.conftest import StoreAddress


@dataclass
class StoppedClock(Clock):
    """A clock that a test sets."""

    time: float = 1_800_000_000.0

    def now(self) -> float:
        return self.time


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(params=STORES)
def entry(request: pytest.FixtureRequest) -> StoreEntry:
    """Every store of the registry in turn; what holds for one has to hold for all."""
    return STORES[str(request.param)]


@pytest.fixture
def address(entry: StoreEntry, store_address: StoreAddress, tmp_path: Path) -> str:
    """The address of an empty store of this kind."""
    address = store_address(entry.name)
    if entry.starter:  # the same one for all tests
        store = entry.open(address, tmp_path)
        for kind in KINDS:
            store.delete(kind, [key for key, _ in store.find(kind)])
        store.purge_expired(LATEST)
    return address


@pytest.fixture
def store(address: str, tmp_path: Path) -> Store:
    """An empty store."""
    return open_store(address, tmp_path)


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
