"""What the stage asks of the control API: its key, a copy of the cookie, a thief's client, a restart."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from labserver.errors import ControlLocked
from labserver.lab_mode.lab_keys import LabKeys
from labserver.lab_mode.shared_state import SharedState
from labserver.storage.database import Database
from tests.conftest import Server
from tests.contract.clients import App, Browser, Client


@pytest.fixture
def key(server: Server) -> str:
    """Return the stage's key."""
    return str(enter(server, ticket(server)).json()["key"])


def ticket(server: Server) -> str:
    return str(server.control("POST", "/ticket")["ticket"])


def enter(server: Server, word: str) -> requests.Response:
    with Client(server) as page:
        return page.post("/lab/stage", json={"ticket": word})


def control(browser: Client, key: str, method: str, path: str, **body: Any) -> requests.Response:
    return browser.request(method, f"/lab{path}", json=body or None, headers={"X-Lab-Key": key})


def test_a_ticket_opens_the_control_api_once(server: Server) -> None:
    word = ticket(server)
    first = enter(server, word)
    assert first.status_code == 200
    assert first.json()["passwords"]["ada"] == server.password("ada")
    assert enter(server, word).status_code == 403


def test_only_the_latest_ticket_is_good(server: Server) -> None:
    old, new = ticket(server), ticket(server)
    assert enter(server, old).status_code == 403
    assert enter(server, new).status_code == 200


def test_of_several_that_bring_a_ticket_at_once_one_gets_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of each worker its own keys, database connections and view of the shared numbers.
    workers = [
        LabKeys("key", SharedState.at(tmp_path / "numbers"), Database(tmp_path / "accounts.db", ""))
        for _ in range(4)
    ]
    word, ready, got = workers[0].ticket(), threading.Barrier(4), list[str]()
    equal = hmac.compare_digest

    def slowly(one: bytes, other: bytes) -> bool:
        time.sleep(0.2)
        return equal(one, other)

    monkeypatch.setattr(hmac, "compare_digest", slowly)

    def redeem(keys: LabKeys) -> None:
        ready.wait()
        with suppress(ControlLocked):
            got.append(keys.redeem(word))

    threads = [threading.Thread(target=redeem, args=[keys]) for keys in workers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert got == [workers[0].stage_key]


@pytest.mark.parametrize("word", ["x", "é", "A" * 43])
def test_no_other_word_is_a_ticket(server: Server, word: str) -> None:
    assert enter(server, word).status_code == 403


def test_a_ticket_is_made_for_the_starter_alone(server: Server, client: Client, key: str) -> None:
    assert control(client, key, "POST", "/ticket").status_code == 403
    assert client.post("/lab/ticket").status_code == 403


def test_the_stage_sees_and_moves_the_clock(server: Server, client: Client, key: str) -> None:
    assert control(client, key, "GET", "/state").json()["store"]["rows"] == []
    assert control(client, key, "POST", "/clock", advance=60).json()["offset"] == 60
    trace_id = client.get("/healthz").headers["X-Trace-Id"]
    assert control(client, key, "GET", f"/trace/{trace_id}").json()["path"] == "/healthz"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/reset", {}),
        ("/users", {"username": "ada", "password": "a new password of hers"}),
        ("/sign", {"header": "e30", "payload": "e30"}),
        ("/faults", {"store": "down"}),
        ("/keys/rotate", {}),
        ("/keys/retire", {}),
        ("/tidy", {}),
    ],
)
def test_the_stage_can_do_no_more(client: Client, key: str, path: str, body: dict[str, str]) -> None:
    assert control(client, key, "POST", path, **body).status_code == 403


@pytest.mark.parametrize("path", ["/copy", "/thief", "/restart"])
def test_without_a_key_nothing_opens(client: Client, path: str) -> None:
    assert client.post(f"/lab{path}", json={}).status_code == 403


def test_the_cookie_can_be_copied(server: Server, key: str) -> None:
    with Browser(server) as ada:
        assert control(ada, key, "POST", "/copy").json() == {"cookie": None, "chip": None}
        ada.login("ada")
        copy = control(ada, key, "POST", "/copy").json()
        (row,) = server.control("GET", "/state")["store"]["rows"]
        assert copy == {"cookie": ada.credential, "chip": row["chip"]}


def thief(client: Client, key: str, flow: str, credential: str) -> tuple[int, str]:
    said = control(client, key, "POST", "/thief", flow=flow, credential=credential).json()
    return said["status"], said["body"].get("code") or said["body"]["user"]["username"]


def test_a_thief_with_a_cookie_is_let_in_until_the_logout(server: Server, client: Client, key: str) -> None:
    with Browser(server) as ada:
        ada.login("ada")
        copy = ada.credential
        assert thief(client, key, "session", copy) == (200, "ada")
        ada.post("/session/logout")
    assert thief(client, key, "session", copy) == (401, "no_session")


def test_a_thief_with_a_token_is_let_in_after_the_logout_too(
    server: Server, client: Client, key: str
) -> None:
    with App(server) as ada:
        copy = ada.login("ada").json()["access_token"]
        assert thief(client, key, "token", copy) == (200, "ada")
        assert ada.post("/token/logout", json={"refresh_token": ada.refresh_token}).status_code == 204
    assert thief(client, key, "token", copy) == (200, "ada")
    server.advance(901)
    assert thief(client, key, "token", copy) == (401, "invalid_token")


@pytest.mark.parametrize("credential", ["a\r\nX-Evil: 1", "é", "", "x" * 9000])
def test_what_no_header_can_carry_is_refused(client: Client, key: str, credential: str) -> None:
    body = {"flow": "session", "credential": credential}
    assert control(client, key, "POST", "/thief", **body).status_code == 400


def test_a_thief_has_a_trace(server: Server, client: Client, key: str) -> None:
    said = control(client, key, "POST", "/thief", flow="session", credential="nobody's").json()
    trace = control(client, key, "GET", f"/trace/{said['trace']}").json()
    assert (trace["path"], trace["status"]) == ("/session/me", 401)


STORES = ("sqlite:", "memory:")


@pytest.fixture(scope="module", autouse=True)
def to_restart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Servers of their own: those of the other tests keep their workers.

    They start first. When their turn comes, they have lived long enough to be restarted at once.
    """
    logs = tmp_path_factory.mktemp("restarting")
    running = {store: Server("--store", store, log=logs / store[:-1]) for store in STORES}
    yield running
    for server in running.values():
        assert server.stop() == 0


@pytest.mark.parametrize("store", STORES)
def test_a_restart_is_real(to_restart: dict[str, Server], store: str) -> None:
    """What was in memory is gone, what was written down is not; a second restart does not end the server."""
    server = to_restart[store]
    with Browser(server) as site, App(server) as app:
        site.login("ada")
        app.login("ada")
        before = server.control("GET", "/state")
        assert server.control("POST", "/restart") == {"worker": before["worker"]}
        after = answered_by_another(server, before["worker"])
        assert app.get("/token/me").status_code == 200, "the key is on disk, and nothing else is needed"
        assert site.me().status_code == (200 if store == "sqlite:" else 401)
    if store == "sqlite:":  # A worker that ends soon after its start looks as if it could not start at all.
        assert server.control("POST", "/restart") == {"worker": after["worker"]}
        answered_by_another(server, after["worker"])


def answered_by_another(server: Server, worker: int) -> Any:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            state = server.control("GET", "/state")
        except requests.ConnectionError:
            continue
        if state["worker"] != worker:
            return state
        time.sleep(0.1)
    raise AssertionError("no other process answers")
