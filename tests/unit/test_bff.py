"""The lease of the backend for frontend: who renews the tokens when a request that began it is stuck."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from labserver.app import create_app, prepare
from labserver.auth.sessions import Sessions
from labserver.bff import api, routes, tokens
from labserver.errors import InvalidToken, StoreDown
from labserver.settings import Settings
from labserver.storage.base import Record, RecordKind
from labserver.storage.clock import Clock
from labserver.storage.memory import MemoryStore
from tests.process.processes import wait_until


def test_when_a_lease_runs_out_one_of_those_that_wait_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "LEASE", 1.0)
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
