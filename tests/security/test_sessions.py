"""docs/security.md, rows S1 to S7: what a session must hold to. (S8 is in test_secrets.py.)"""

from __future__ import annotations

import base64
import re
import threading
from functools import partial

from labserver.auth.sessions import Sessions
from labserver.storage.clock import Clock
from labserver.storage.memory import MemoryStore
from tests.conftest import Server
from tests.contract.clients import App, Browser, Client, problem, replay
from tests.contract.conftest import SignIn, SignInApp

IDLE, ABSOLUTE = 30 * 60, 12 * 3600


def bits(session_id: str) -> int:
    """Read an id as the number that it is."""
    return int.from_bytes(base64.urlsafe_b64decode(session_id + "="), "big")


def test_S1_ids_carry_128_bits_and_are_unique(server: Server) -> None:
    with Browser(server) as ada:
        ids = []
        for _ in range(12):
            ada.login()
            ids.append(ada.credential)
    sessions = Sessions(MemoryStore(), Clock(), idle=IDLE, absolute=ABSOLUTE, last_used_interval=60)
    ids += [sessions.open("ada") for _ in range(10_000)]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in ids), "256 bits each"
    assert len(set(ids)) == len(ids)
    numbers = [bits(one) for one in ids]
    for bit in range(256):
        ones = sum(number >> bit & 1 for number in numbers)
        assert abs(ones - len(ids) / 2) < 500, f"bit {bit}: ten standard deviations off"


def test_S2_login_and_a_new_password_issue_a_new_id(server: Server, browser: SignIn) -> None:
    ada = browser("ada")
    first = ada.credential
    ada.login()
    second = ada.credential
    body = {"current": server.password("ada"), "new": "a quite different engine"}
    assert ada.remember(ada.post("/session/password", json=body)).status_code == 200
    third = ada.credential
    assert len({first, second, third}) == 3
    for dead in (first, second):
        problem(replay(server, dead), 401, "no_session")
    assert ada.me().status_code == 200


def test_S2_another_user_s_login_ends_the_old_id_too(server: Server, browser: SignIn) -> None:
    shared = browser("ada")
    old = shared.credential
    assert shared.login("grace").status_code == 200
    problem(replay(server, old), 401, "no_session")


def test_S3_an_id_that_the_server_did_not_issue_is_never_adopted(server: Server, browser: SignIn) -> None:
    ended = browser("mallory")
    dead = ended.credential
    ended.post("/session/logout")
    who = {"username": "ada", "password": server.password("ada")}
    for planted in ("x" * 43, "", "1", "A" * 43, dead, "é"):
        with Client(server) as ada:
            cookie = f"sid={planted}; grid={planted}".encode()
            for path in ("/session/login", "/grid/opaque/cookie/login"):
                answer = ada.post(path, json=who, headers={"Cookie": cookie})
                assert answer.status_code == 200
                assert answer.headers["Set-Cookie"].split("=")[1].split(";")[0] != planted
            form = ada.post("/site/login", data=who, headers={"Cookie": cookie})
            assert form.status_code == 303
            assert f"sid={planted};" not in form.headers["Set-Cookie"]
            problem(ada.get("/session/me", headers={"Cookie": cookie}), 401, "no_session")


def test_S4_the_idle_limit_to_the_second(server: Server, browser: SignIn) -> None:
    server.hold()
    used, unused = browser("ada"), browser("ada")
    server.advance(IDLE - 1)
    assert used.me().status_code == 200
    server.advance(1)
    problem(unused.me(), 401, "no_session")
    server.advance(IDLE - 2)
    assert used.me().status_code == 200, "a use counts"
    server.advance(IDLE)
    problem(used.me(), 401, "no_session")


def test_S4_activity_cannot_pass_the_absolute_limit(server: Server, browser: SignIn) -> None:
    server.hold()
    ada = browser("ada")
    step = IDLE - 1
    for _ in range(ABSOLUTE // step):
        server.advance(step)
        assert ada.me().status_code == 200
    server.advance(ABSOLUTE % step - 1)
    assert ada.me().json()["expires_in"] == 1, "the last second"
    server.advance(1)
    problem(ada.me(), 401, "no_session")


def test_S5_logout_kills_the_server_s_state(server: Server) -> None:
    who = {"username": "ada", "password": server.password("ada")}
    with Browser(server) as ada, Client(server) as thief:
        ada.login()
        copy = ada.credential
        assert ada.post("/session/logout").status_code == 204
        problem(replay(server, copy), 401, "no_session")

        csrf = ada.post("/grid/opaque/cookie/login", json=who).json()["csrf_token"]
        copy = ada.cookies["grid"]
        assert ada.post("/grid/opaque/cookie/logout", headers={"X-CSRF-Token": csrf}).status_code == 204
        answer = thief.get("/grid/opaque/cookie/me", headers={"Cookie": f"grid={copy}"})
        problem(answer, 401, "no_session")

        bearer = thief.post("/grid/opaque/header/login", json=who).json()["access_token"]
        headers = {"Authorization": f"Bearer {bearer}"}
        assert thief.post("/grid/opaque/header/logout", headers=headers).status_code == 204
        problem(thief.get("/grid/opaque/header/me", headers=headers), 401, "invalid_token")

        assert ada.post("/site/login", data=who).status_code == 303
        copy = ada.cookies["sid"]
        csrf = str(ada.me().json()["csrf_token"])
        assert ada.post("/site/logout", data={"csrf_token": csrf}).status_code == 303
        problem(replay(server, copy), 401, "no_session")
    assert server.control("GET", "/state")["store"]["rows"] == []


def test_S6_a_disabled_user_is_out_everywhere(server: Server, browser: SignIn, app: SignInApp) -> None:
    here, there, phone, grace = browser("ada"), browser("ada"), app("ada"), browser("grace")
    server.control("POST", "/users", username="ada", disabled=True)
    problem(here.me(), 401, "no_session")
    problem(there.me(), 401, "no_session")
    problem(phone.refresh(), 400, "invalid_grant")
    assert grace.me().status_code == 200


def test_S6_a_new_password_ends_the_other_sessions_and_families(
    server: Server, browser: SignIn, app: SignInApp
) -> None:
    here, there, phone = browser("ada"), browser("ada"), app("ada")
    body = {"current": server.password("ada"), "new": "a quite different engine"}
    assert here.remember(here.post("/session/password", json=body)).status_code == 200
    problem(there.me(), 401, "no_session")
    problem(phone.refresh(), 400, "invalid_grant")
    assert here.me().status_code == 200
    with App(server) as pad, Browser(server) as third:
        pad.login("ada", body["new"])
        third.login("ada", body["new"])
        body = {"current": body["new"], "new": "and another one"}
        assert pad.remember(pad.post("/token/password", json=body)).status_code == 200
        problem(third.me(), 401, "no_session")
        problem(here.me(), 401, "no_session")
        assert pad.refresh().status_code == 200


def test_S6_a_user_can_list_and_end_sessions(browser: SignIn) -> None:
    here, there = browser("ada"), browser("ada")
    listed = here.get("/session/sessions").json()["sessions"]
    (other,) = (one["handle"] for one in listed if not one["current"])
    assert here.delete(f"/session/sessions/{other}").status_code == 204
    problem(there.me(), 401, "no_session")
    assert here.me().status_code == 200


def test_S7_a_request_in_flight_cannot_bring_the_session_back(server: Server, browser: SignIn) -> None:
    """With a slow store, uses overlap a logout from another device; each wants to write to the row."""
    for _ in range(5):
        ada = browser("ada")
        server.advance(61)  # so that each use wants to be written down
        other = browser("ada")
        headers = {"Cookie": f"sid={ada.credential}", "X-CSRF-Token": str(ada.headers["X-CSRF-Token"])}
        server.control("POST", "/faults", store="slow", us=20_000)
        clients = [Client(server) for _ in range(8)]
        uses = [partial(one.get, "/session/me", headers=headers) for one in clients]
        uses[::3] = [
            partial(one.post, "/session/cart", json={"item": "tea"}, headers=headers) for one in clients[::3]
        ]
        # The logout reads, lists and deletes, 20 ms each: uses that begin in between have read before it
        # deletes, and write afterwards.
        threads = [threading.Timer(0.018 + 0.003 * number, use) for number, use in enumerate(uses)]
        threads.append(threading.Timer(0, partial(other.post, "/session/logout-all")))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
            assert not thread.is_alive()
        server.control("POST", "/faults", store="up")
        problem(replay(server, ada.credential), 401, "no_session")
        assert server.control("GET", "/state")["store"]["rows"] == []
        for one in clients:
            one.close()
