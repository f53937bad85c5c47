"""The lease of the backend for frontend: who renews the tokens when a request that began it is stuck."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from labserver.app import create_app, prepare
from labserver.auth.sessions import Sessions
from labserver.bff import api, lease, routes, tokens
from labserver.errors import InvalidGrant, InvalidToken, StoreDown
from labserver.settings import Settings
from labserver.storage.base import LATEST, Record, RecordKind
from labserver.storage.clock import Clock
from labserver.storage.memory import MemoryStore
from tests.process.processes import wait_until

pytestmark = pytest.mark.usefixtures("quick_passwords")


def test_when_a_lease_runs_out_one_of_those_that_wait_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "LEASE", 1.0)
    settings = Settings(home=tmp_path / "home", lab_key="key")
    person = {"username": "ada", "password": prepare(settings)["ada"]["password"]}
    app, call = create_app(settings, tidy=False), api.call
    expired = threading.Event()
    refreshes: list[float] = []

    def slow_call(method: str, path: str, body: Any, pair: Any = None) -> Any:
        if path == "/token/me" and expired.is_set() and len(refreshes) < 2:
            raise InvalidToken("it has expired")
        if path == "/token/refresh":
            refreshes.append(time.monotonic())
            if len(refreshes) == 1:
                time.sleep(2.5)
                raise StoreDown("stuck, and then lost")
            time.sleep(0.7)
        return call(method, path, body, pair)

    for module in (routes, tokens):
        monkeypatch.setattr(module, "call", slow_call)
    cookie = app.test_client().post("/bff/login", json=person).headers["Set-Cookie"].partition(";")[0]
    expired.set()
    seen: list[int] = []

    def ask() -> None:
        browser = app.test_client(use_cookies=False)
        seen.append(browser.get("/bff/me", headers={"Cookie": cookie}).status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
        time.sleep(0.1)  # the first has the lease before the others come
    for one in threads:
        one.join()
    assert (sorted(seen), len(refreshes)) == ([200, 200, 200, 503], 2)


class Counted(MemoryStore):
    """A store that counts how often it is asked, and how often it is to write."""

    reads = writes = 0

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        self.reads += 1
        return super().get(kind, key)

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        self.writes += 1
        return super().compare_and_set(kind, key, old, new)


def test_a_request_that_waits_for_the_new_tokens_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    store, refreshing, answered = Counted(), threading.Event(), threading.Event()
    sessions = Sessions(store, Clock(), idle=1800, absolute=43200, last_used_interval=60)
    held, session_id = tokens.HeldTokens(sessions), sessions.open("ada")
    held.keep(sessions.check(session_id), {"access_token": "old", "refresh_token": "first"})
    session = sessions.check(session_id)

    def call(method: str, path: str, body: Any, pair: Any = None) -> Any:
        if path == "/token/refresh":
            refreshing.set()
            answered.wait(30)
            return {"access_token": "new", "refresh_token": "second"}
        if pair["access_token"] == "old":
            raise InvalidToken("it has expired")
        return pair["access_token"]

    monkeypatch.setattr(tokens, "call", call)
    with ThreadPoolExecutor(2) as pool:
        try:
            first = pool.submit(held.ask, session, "GET", "/token/me")
            assert refreshing.wait(30)
            reads, writes = store.reads, store.writes
            second = pool.submit(held.ask, session, "GET", "/token/me")
            wait_until(lambda: store.reads > reads + 5, "the second looks again and again", 30)
            assert store.writes == writes
        finally:
            answered.set()
        assert [first.result(), second.result()] == ["new", "new"]


class Advanced(Clock):
    """A clock that a lesson has moved: no lease may follow it."""

    def now(self) -> float:
        return super().now() + 1000


class Expired:
    """A session at an API where the first access token has expired, and each refresh is counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: MemoryStore) -> None:
        self.sessions = Sessions(store, Advanced(), idle=1800, absolute=43200, last_used_interval=60)
        self.held, self.refreshes = tokens.HeldTokens(self.sessions), 0
        self.session = self.sessions.check(self.sessions.open("ada"))
        self.held.keep(self.session, {"access_token": "old", "refresh_token": "first"})
        monkeypatch.setattr(tokens, "call", self._call)

    def _call(self, method: str, path: str, body: Any, pair: Any = None) -> Any:
        if path == "/token/refresh":
            if body != {"refresh_token": "first"} or self.refreshes:
                raise InvalidGrant("it was used already, so its family has ended")
            self.refreshes += 1
            return {"access_token": "new", "refresh_token": "second"}
        if pair["access_token"] == "old":
            raise InvalidToken("it has expired")
        return pair["access_token"]

    def ask(self) -> Any:
        return self.held.ask(self.sessions.check(self.session.id), "GET", "/token/me")


@pytest.mark.parametrize("ahead", [1e6, LATEST, -1.0, -1e6, -LATEST])
def test_a_lease_that_nobody_gave_holds_nobody_up(ahead: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """An odd row, or a clock that was set back since the lease began."""
    one = Expired(monkeypatch, MemoryStore())
    until = ahead if abs(ahead) == LATEST else time.time() + ahead
    one.sessions.remember(one.session, lambda row: {"lease": until})
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("it waits"))
    assert (one.ask(), one.refreshes) == ("new", 1)


@pytest.mark.parametrize("ahead", [1.0, lease.LEASE, lease.LEASE + 5])
def test_a_lease_that_another_machine_gave_counts(ahead: float, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Expired(monkeypatch, MemoryStore())
    one.sessions.remember(one.session, lambda row: {"lease": time.time() + ahead})
    slept = Mock(side_effect=lambda seconds: one.sessions.remember(one.session, lambda row: {"lease": 0.0}))
    monkeypatch.setattr(time, "sleep", slept)
    assert (one.ask(), one.refreshes, slept.call_count) == ("new", 1, 1)


class Overtaken(MemoryStore):
    """A store where somebody else has refreshed the tokens between two of our reads."""

    def __init__(self) -> None:
        super().__init__()
        self.then: Callable[[], object] = int
        self.reads = 0

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        self.reads -= 1
        if self.reads == 0:
            self.then()
        return super().get(kind, key)


@pytest.mark.parametrize("reads", [1, 2])
def test_who_comes_too_late_for_the_lease_takes_the_new_tokens(
    reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To refresh with the used token would end its family: ada would be logged out."""
    store = Overtaken()
    one = Expired(monkeypatch, store)
    session = one.sessions.check(one.session.id)
    store.then, store.reads = one.ask, reads
    assert one.held.ask(session, "GET", "/token/me") == "new"
    assert one.refreshes == 1


def test_a_lease_lasts_as_long_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    before = lease.new_lease()
    assert not lease.is_over(before)
    monkeypatch.setattr(time, "time", lambda: before - lease.LEASE + 0.1)
    assert not lease.is_over(before)
    monkeypatch.setattr(time, "time", lambda: before + 0.1)
    assert lease.is_over(before)
