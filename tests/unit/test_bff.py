"""The lease of the backend for frontend: who renews the tokens when a request that began it is stuck."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from labserver.app import create_app, prepare
from labserver.bff import api, routes
from labserver.errors import InvalidToken, StoreDown
from labserver.settings import Settings

pytestmark = pytest.mark.usefixtures("quick_passwords")


def test_when_a_lease_runs_out_one_of_those_that_wait_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "LEASE", 1.0)
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

    monkeypatch.setattr(routes, "call", slow_call)
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
