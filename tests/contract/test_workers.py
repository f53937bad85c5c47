"""Several workers are one server: only what the memory store holds is each one's own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.conftest import Server
from tests.contract.clients import App, Browser, Client, present, problem, replay
from tests.contract.conftest import SignIn, SignInApp

MANY = 24  # requests, each over a connection of its own: practically never all to one of two workers

workers = pytest.mark.parametrize(
    "server",
    [("--workers", "2"), ("--workers", "2", "--denylist", "--store", "redis")],
    indirect=True,
    ids=["sqlite", "redis"],
)


def each(ask: Callable[[], requests.Response]) -> list[requests.Response]:
    """Ask many times, so that every worker is asked."""
    return [ask() for _ in range(MANY)]


@workers
def test_a_session_is_known_everywhere(server: Server, browser: SignIn) -> None:
    sid = browser().credential
    assert {answer.status_code for answer in each(lambda: replay(server, sid))} == {200}


@workers
def test_a_logout_counts_everywhere(server: Server, browser: SignIn) -> None:
    ada = browser()
    sid = ada.credential
    ada.post("/session/logout-all")
    assert {answer.status_code for answer in each(lambda: replay(server, sid))} == {401}


@workers
def test_a_token_is_taken_everywhere(server: Server, app: SignInApp) -> None:
    token = app().credential
    assert {answer.status_code for answer in each(lambda: present(server, token))} == {200}


@workers
def test_the_clock_is_one(server: Server, browser: SignIn) -> None:
    sid = browser().credential
    server.advance(1800)
    assert {answer.status_code for answer in each(lambda: replay(server, sid))} == {401}


@workers
def test_a_fault_is_felt_everywhere(server: Server, browser: SignIn) -> None:
    sid = browser().credential
    server.control("POST", "/faults", store="down")
    for answer in each(lambda: replay(server, sid)):
        problem(answer, 503, "store_down")
    server.control("POST", "/faults", store="up")
    assert {answer.status_code for answer in each(lambda: replay(server, sid))} == {200}


@workers
def test_a_new_key_is_known_everywhere(server: Server, app: SignInApp) -> None:
    old = app().credential
    server.control("POST", "/keys/rotate")
    new = app().credential
    assert {answer.status_code for answer in each(lambda: present(server, old))} == {200}
    assert {answer.status_code for answer in each(lambda: present(server, new))} == {200}
    server.control("POST", "/keys/retire")
    assert {answer.status_code for answer in each(lambda: present(server, old))} == {401}
    assert {answer.status_code for answer in each(lambda: present(server, new))} == {200}


@workers
def test_a_trace_is_found_from_everywhere(server: Server) -> None:
    for answer in each(lambda: Client(server).get("/session/me")):
        assert server.trace(answer)["id"] == answer.headers["X-Trace-Id"]


@workers
def test_guesses_are_counted_together(server: Server) -> None:
    wrong = {"username": "ada", "password": "not her password"}
    statuses = [Client(server).post("/session/login", json=wrong).status_code for _ in range(14)]
    assert statuses == sorted(statuses)
    assert statuses.index(429) == 10, "as many as with one worker"


@workers
def test_of_eight_refreshes_at_once_one_wins(server: Server, app: SignInApp) -> None:
    token = app().refresh_token

    def refresh(_: int) -> requests.Response:
        with Client(server) as holder:
            return holder.post("/token/refresh", json={"refresh_token": token})

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(refresh, range(8)))
    (winner,) = (answer for answer in answers if answer.status_code == 200)
    for answer in answers:
        if answer is not winner:
            problem(answer, 400, "invalid_grant")
    with Client(server) as holder:
        again = holder.post("/token/refresh", json={"refresh_token": winner.json()["refresh_token"]})
    problem(again, 400, "invalid_grant")


@workers
def test_reset_reaches_everybody(server: Server, browser: SignIn, app: SignInApp) -> None:
    sid = browser().credential
    server.advance(100)
    server.control("POST", "/reset")
    assert {answer.status_code for answer in each(lambda: replay(server, sid))} == {401}
    with App(server) as ada:
        assert ada.login().status_code == 200


@pytest.mark.parametrize("server", [("--workers", "2", "--store", "memory:")], indirect=True, ids=["memory"])
class TestMemoryStore:
    """Each worker remembers its own sessions only; that is the lesson."""

    def test_a_session_is_known_to_one_worker_only(self, server: Server) -> None:
        seen: set[int] = set()
        for _ in range(20):
            with Browser(server) as ada:
                ada.login()
                sid = ada.credential
            for _ in range(20):
                seen.add(replay(server, sid).status_code)
                if seen == {200, 401}:
                    return
        pytest.fail(f"every connection went to one worker: {seen}")

    def test_a_token_needs_only_the_key(self, server: Server, app: SignInApp) -> None:
        token = app().credential
        assert {answer.status_code for answer in each(lambda: present(server, token))} == {200}

    def test_reset_reaches_every_workers_memory(self, server: Server, browser: SignIn) -> None:
        sid = browser().credential
        server.control("POST", "/reset")
        assert {answer.status_code for answer in each(lambda: replay(server, sid))} == {401}
