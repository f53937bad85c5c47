"""docs/security.md, rows P1 to P6: passwords and login."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import argon2
import pytest
import requests

from tests.conftest import FullCostServer, Server, StartServer
from tests.contract.clients import Browser, Client, problem
from tests.contract.conftest import SignIn
from tests.security.conftest import Normal


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of the next one."""
    return tmp_path_factory.mktemp("full-cost") / "home"


@pytest.fixture(scope="module")
def started_at_home(home: Path) -> Iterator[Server]:
    """A lab server with a home folder of its own, started as people start it."""
    running = FullCostServer("--home", str(home), log=home.with_name("log"))
    yield running
    running.stop()


@pytest.fixture
def lab_at_home(started_at_home: Server) -> Server:
    """The same, freshly reset."""
    started_at_home.control("POST", "/reset")
    return started_at_home


def test_P1_length_is_what_counts(server: Server, browser: SignIn) -> None:
    ada, current = browser("ada"), server.password("ada")

    def change(new: str) -> requests.Response:
        return ada.remember(ada.post("/session/password", json={"current": current, "new": new}))

    for refused in ("x7x7x7x", "password", "PASSWORD", "12345678", "ada-ada-ada", "x" * 257, "x" * 5000):
        problem(change(refused), 400, "invalid_request")
        server.control("POST", "/reset")  # so that no wait gets in the way
        ada.login()
    for taken in ("zvwxyqkj", "q" * 64, "é" * 256, "        ", "no digit no capital", "日本語のパスワード"):
        assert change(taken).status_code == 200, "no rules about characters"
        current = taken
        with Browser(server) as again:
            assert again.login("ada", current).status_code == 200
            for near in (current[:-1], current + "x", current.swapcase() if current.isascii() else "x"):
                if near != current and len(near) <= 256:
                    problem(again.login("ada", near), 401, "invalid_credentials")


def test_P1_nothing_is_cut_off(server: Server, browser: SignIn) -> None:
    long = "a" * 200 + "b"
    ada = browser("ada")
    body = {"current": server.password("ada"), "new": long}
    assert ada.remember(ada.post("/session/password", json=body)).status_code == 200
    with Browser(server) as again:
        for cut in (72, 128, 200):
            problem(again.login("ada", long[:cut]), 401, "invalid_credentials")
        assert again.login("ada", long).status_code == 200


def test_P2_argon2id_with_parameters_that_can_be_read(lab_at_home: Server) -> None:
    for user in lab_at_home.control("GET", "/state")["users"]:
        cost = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)", user["password"])
        assert cost
        assert int(cost[1]) >= 19 * 1024 and int(cost[2]) >= 2 and int(cost[3]) >= 1


def test_P2_an_outdated_hash_is_upgraded_at_login(lab_at_home: Server, home: Path) -> None:
    old = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    password = lab_at_home.password("ada")
    with closing(apsw.Connection(str(home / "accounts.db"))) as database:
        database.execute("UPDATE users SET password = ? WHERE username = 'ada'", (old.hash(password),))
    assert "m=1024,t=1" in lab_at_home.control("GET", "/state")["users"][0]["password"]
    with Browser(lab_at_home) as ada:
        problem(ada.login("ada", "not her password"), 401, "invalid_credentials")
        assert "m=1024,t=1" in lab_at_home.control("GET", "/state")["users"][0]["password"]
        assert ada.login().status_code == 200
        assert "m=19456,t=2" in lab_at_home.control("GET", "/state")["users"][0]["password"]
        assert ada.login().status_code == 200


@pytest.mark.parametrize("path", ["/session/login", "/token/login", "/grid/jwt/header/login"])
def test_P3_an_unknown_user_and_a_wrong_password_look_the_same(lab_at_home: Server, path: str) -> None:
    seconds: dict[str, list[float]] = {"known": [], "unknown": []}
    seen = set()
    with Client(lab_at_home) as guesser:
        for turn in range(70):
            if turn % 7 == 0:
                if turn and alike(seconds):
                    break
                lab_at_home.control("POST", "/reset")  # so that no wait gets in the way
            for kind, name in (("known", "ada"), ("unknown", f"nobody-{turn}")):
                began = time.perf_counter()
                answer = guesser.post(path, json={"username": name, "password": "not the password"})
                seconds[kind].append(time.perf_counter() - began)
                problem(answer, 401, "invalid_credentials")
                shown = {
                    name: value
                    for name, value in answer.headers.items()
                    if name.lower() not in ("date", "x-trace-id", "server-timing")
                }
                seen.add((answer.content, tuple(sorted(shown.items()))))
                assert lab_at_home.trace(answer)["counts"]["password_checks"] == 1, "the same work for both"
    assert len(seen) == 1, "the same bytes"
    assert alike(seconds), "without the decoy they differ tenfold and more"


def alike(seconds: dict[str, list[float]]) -> bool:
    """Compare the quickest of each kind: whatever else the machine does only adds to the others."""
    quick, slow = sorted(min(times) for times in seconds.values())
    return quick > slow / 2


def test_P4_guessing_is_slowed_down(server: Server) -> None:
    wrong = {"username": "ada", "password": "not her password"}
    with Client(server) as guesser:
        statuses = []
        for turn in range(12):
            forged = {
                "X-Forwarded-For": f"10.0.0.{turn}",
                "Forwarded": f"for=10.0.0.{turn}",
                "X-Real-IP": f"10.0.0.{turn}",
            }
            answer = guesser.post("/session/login", json=wrong, headers=forged)
            statuses.append(answer.status_code)
        assert statuses == [401] * 10 + [429] * 2
        wait = int(answer.headers["Retry-After"])
        assert 0 < wait <= 900
        right = wrong | {"password": server.password("ada")}
        for path in ("/session/login", "/token/login", "/grid/opaque/cookie/login"):
            problem(guesser.post(path, json=right), 429, "too_many_tries")
        other = {"username": "grace", "password": server.password("grace")}
        assert guesser.post("/session/login", json=other).status_code == 200
        server.advance(wait)
        assert guesser.post("/session/login", json=right).status_code == 200


def test_P4_out_of_lab_mode_too(normal: Normal) -> None:
    who = {"username": "nobody-here", "password": "not a password"}
    with requests.Session() as guesser:
        statuses = [
            guesser.post(f"{normal.url}/token/login", json=who, timeout=30).status_code for _ in range(12)
        ]
        assert statuses == [401] * 10 + [429] * 2
        assert normal.login(guesser, "/token/login").status_code == 200


def test_P5_there_is_no_default_account(normal: Normal, servers: StartServer, lab_at_home: Server) -> None:
    with requests.Session() as guesser:
        for name in ("mallory", "admin", "root", "test", "demo"):
            for password in (name, "password"):
                who = {"username": name, "password": password}
                assert guesser.post(f"{normal.url}/session/login", json=who, timeout=30).status_code == 401
    one, other = servers(), lab_at_home
    for name in ("ada", "grace", "mallory"):
        assert one.password(name) != other.password(name), "fresh for each lab"
        assert len(one.password(name)) >= 15


TYPED = "Zo\u00eb\u2019s caf\u00e9 \u1e69\u304c"  # with letters that NFD writes as two and three characters
SPELLINGS = [TYPED, unicodedata.normalize("NFD", TYPED), TYPED.replace(" ", "\u00a0")]


@pytest.mark.parametrize("first", SPELLINGS, ids=["NFC", "NFD", "no-break space"])
def test_P6_a_password_is_the_same_in_nfc_and_nfd(server: Server, browser: SignIn, first: str) -> None:
    ada = browser("ada")
    body = {"current": server.password("ada"), "new": first}
    assert ada.remember(ada.post("/session/password", json=body)).status_code == 200
    assert len(set(SPELLINGS)) == 3
    for path in ("/session/login", "/token/login", "/grid/jwt/header/login"):
        for spelling in SPELLINGS:
            with Client(server) as again:
                who = {"username": "ada", "password": spelling}
                assert again.post(path, json=who).status_code == 200
    with Browser(server) as other:
        for near in (TYPED.replace("\u00eb", "e"), TYPED.swapcase(), TYPED + " "):
            problem(other.login("ada", near), 401, "invalid_credentials")
        longest = "\u1faf" * 256
        body = {"current": TYPED, "new": unicodedata.normalize("NFD", longest)}
        assert len(body["new"]) == 1024
        assert ada.remember(ada.post("/session/password", json=body)).status_code == 200
        assert other.login("ada", longest).status_code == 200
        body = {"current": longest, "new": "e\u0301" * 7}
        problem(ada.post("/session/password", json=body), 400, "invalid_request")


def test_P6_an_account_made_before_still_gets_in(lab_at_home: Server, home: Path) -> None:
    """Its hash is of what was typed; once it is, the hash is of what is kept today."""
    before = unicodedata.normalize("NFD", TYPED).replace(" ", "\u2003")
    hashed = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(before)
    with closing(apsw.Connection(str(home / "accounts.db"))) as database:
        database.execute("UPDATE users SET password = ? WHERE username = 'ada'", (hashed,))
    with Browser(lab_at_home) as ada:
        problem(ada.login("ada", TYPED), 401, "invalid_credentials")
        assert ada.login("ada", before).status_code == 200
        for spelling in (TYPED, before):
            answer = ada.login("ada", spelling)
            assert answer.status_code == 200
            assert lab_at_home.trace(answer)["counts"]["password_checks"] == 1


def test_P6_and_a_guesser_learns_nothing_by_it(server: Server) -> None:
    """What is not in NFC is checked in both spellings, for a name that is not known as well."""
    with Client(server) as guesser:
        for password, checks in ((SPELLINGS[0], 1), (SPELLINGS[1], 2)):
            for name in ("ada", "nobody-here"):
                answer = guesser.post("/token/login", json={"username": name, "password": password})
                problem(answer, 401, "invalid_credentials")
                assert server.trace(answer)["counts"]["password_checks"] == checks
