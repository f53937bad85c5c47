"""docs/security.md, rows V1 to V9: no input breaks the server. V1, V4, V5 and V9 go on in other files."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.conftest import ROOT, Server, StartServer
from tests.contract.clients import App, Browser, Client, present, problem
from tests.contract.conftest import SignIn, SignInApp
from tests.contract.workshop import Workshop
from tests.process.processes import answers, run
from tests.process.stalling import stall
from tests.security.conftest import PASSWORD, Normal

JSON = {"Content-Type": "application/json"}
ODD_BODIES = {
    "nothing": b"",
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "a lone surrogate": b'{"username": "\\ud800", "password": "\\udfff"}',
    "a number of 30 digits": b'{"username": 123456789012345678901234567890, "password": "x"}',
    "a number of 5,000 digits": b'{"username": ' + b"9" * 5000 + b"}",
    "8,000 lists deep": b'{"username": ' + b"[" * 8000 + b"]" * 8000 + b"}",
    "8,000 lists deep, unended": b"[" * 8000,
    "NaN": b'{"username": NaN, "password": Infinity}',
    "a name twice": b'{"username": "ada", "username": "grace", "password": "x"}',
    "NUL": b'{"username": "ada\x00", "password": "x"}',
    "not UTF-8": b'{"username": "\xc3\x28", "password": "x"}',
}


@pytest.mark.parametrize(
    "path", ["/session/login", "/token/login", "/token/refresh", "/grid/jwt/header/login"]
)
@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES.keys())
def test_V1_bad_input_never_gives_a_5xx(normal: Normal, body: bytes, path: str) -> None:
    """A sample, out of lab mode; test_hostile.py sends hundreds to every operation."""
    with requests.Session() as anybody:
        answer = anybody.post(f"{normal.url}{path}", data=body, headers=JSON, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_V2_too_much_is_refused(client: Client) -> None:
    problem(client.post("/session/login", data=b" " * 17_000, headers=JSON), 413, "body_too_large")
    problem(client.post("/session/login", data=iter([b" " * 9000] * 2), headers=JSON), 413, "body_too_large")
    problem(client.get(f"/session/me?{'a' * 3000}"), 414, "url_too_long")
    problem(client.get("/session/me", headers={"X-Long": "a" * 20_000}), 431, "headers_too_large")


def test_V2_a_stalled_client_is_dropped_and_holds_nobody_up(normal: Normal) -> None:
    head = b"POST /session/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    begins = [
        b"",
        head,
        head + b"Content-Length: 1000\r\n\r\n{",
        head + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n{",
    ]
    answered, dropped = stall(normal.port, begins)
    assert answered < 1, "the machine may be busy, the server is not"
    assert dropped < 10


def test_V3_another_host_is_refused(normal: Normal, client: Client) -> None:
    hosts = [
        "evil.example",
        f"evil.example:{normal.port}",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
    ]
    hosts += ["0.0.0.0", "192.168.0.1", "", "a b", "127.0.0.1@evil.example", "[::2]", "localhost."]  # noqa: S104
    for host in hosts:
        for path in ("/session/me", "/healthz", "/", "/.well-known/jwks.json", "/nothing"):
            answer = requests.get(f"{normal.url}{path}", headers={"Host": host}, timeout=30)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_host"), host
    problem(client.get("/lab/state", headers={"Host": "evil.example"}), 400, "invalid_host")
    forwarded = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert requests.get(f"{normal.url}/healthz", headers=forwarded, timeout=30).status_code == 200


def test_V4_a_store_outage_fails_closed(server: Server, browser: SignIn, app: SignInApp) -> None:
    """Taken down by the control API; test_outages.py breaks real files and a real Redis."""
    ada, grace = browser("ada"), app("grace")
    server.control("POST", "/faults", store="down")
    for answer in (ada.me(), ada.get("/session/admin"), ada.post("/session/logout"), grace.refresh()):
        problem(answer, 503, "store_down")
        assert int(answer.headers["Retry-After"]) > 0
    assert grace.me().status_code == 200
    server.control("POST", "/faults", store="up")
    assert ada.me().status_code == 200
    assert grace.refresh().status_code == 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_V5_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """One of each, in order; `python -m benchmarks.crash` kills in the midst of it, a thousand times."""
    options = ("--store", f"sqlite:{tmp_path / 'store.db'}", "--denylist")
    lab = Server(*options, log=tmp_path / "first.log")
    with Browser(lab) as stays, Browser(lab) as leaves, App(lab) as phone, App(lab) as lost:
        for one in (stays, leaves, phone, lost):
            assert one.login().status_code == 200
        copy, revoked, used = leaves.credential, lost.credential, phone.refresh_token
        assert leaves.post("/session/logout").status_code == 204
        assert lost.post("/token/revoke", data={"token": revoked}).status_code == 200
        assert phone.refresh().status_code == 200
        assert stays.post("/session/cart", json={"item": "tea"}).status_code == 200
        lab._process.send_signal(signal.SIGKILL)
        lab.stop()
        lab = Server(*options, log=tmp_path / "second.log")
        for one in (stays, leaves, phone, lost):
            one.server = lab
        assert stays.get("/session/cart").json() == {"cart": ["tea"]}
        gone = leaves.get("/session/me", headers={"Cookie": f"sid={copy}"})
        problem(gone, 401, "no_session")
        problem(present(lab, revoked), 401, "invalid_token")
        assert phone.refresh().status_code == 200, "the newest refresh token is good"
        problem(lost.post("/token/refresh", json={"refresh_token": used}), 400, "invalid_grant")
    lab.stop()


def number_of(name: str) -> str:
    return name.rpartition("-")[2]


def test_V6_nobody_ever_sees_another_s_data(servers: StartServer) -> None:
    """32 clients at once, over kept connections, each doing what it likes."""
    server = servers("--workers", "2")
    wrong: list[str] = []
    names = [f"learner-{number}" for number in range(32)]
    for name in names:
        server.control("POST", "/users", username=name, password=f"{PASSWORD} of {number_of(name)}")

    def live(number: int) -> None:
        choose, name = random.Random(number), names[number]  # noqa: S311 - which request comes next
        try:
            with Browser(server) as browser, App(server) as app:
                for one in (browser, app):
                    if not one.login(name, f"{PASSWORD} of {number_of(name)}").ok:
                        wrong.append(f"{name} cannot log in")
                item = f"{name} {number}"
                for _ in range(8):
                    deeds: list[Callable[[], requests.Response]] = [browser.me, app.me, app.refresh]
                    deeds += [partial(browser.post, "/session/cart", json={"item": item})]
                    deeds += [partial(browser.get, "/session/sessions"), partial(app.get, "/token/families")]
                    answer = choose.choice(deeds)()
                    if answer.status_code != 200:
                        wrong.append(f"{answer.status_code} {answer.text}")
                    body = answer.json()
                    if body.get("user", {"username": name})["username"] != name:
                        wrong.append(f"{name} was shown {body}")
                    if set(body.get("cart", [item])) != {item}:
                        wrong.append(f"{item}'s cart is {body}")
                if browser.post("/session/logout").status_code != 204:
                    wrong.append("no logout")
        except Exception as error:  # a thread's own would be lost
            wrong.append(repr(error))

    threads = [threading.Thread(target=live, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    assert wrong == []


def test_V7_leeway_is_60_seconds_at_most(server: Server) -> None:
    server.hold()
    bench = Workshop(server)
    now = server.control("GET", "/state")["clock"]["now"]
    assert present(server, bench.sign(payload={"exp": int(now) + 2})).status_code == 200
    bench.refused(bench.sign(payload={"exp": int(now) - 60}))
    for claim in ("iat", "nbf"):
        bench.refused(bench.sign(payload={claim: int(now) + 62}))


def test_V7_a_clock_set_back_revives_nothing(server: Server, browser: SignIn, app: SignInApp) -> None:
    ada, phone, late = browser("ada"), app("ada"), app("ada")
    server.advance(14 * 86400 + 1)
    problem(ada.me(), 401, "no_session")
    problem(phone.me(), 401, "invalid_token")
    problem(phone.refresh(), 400, "invalid_grant")
    server.control("POST", "/clock", advance=-14 * 86400)
    problem(ada.me(), 401, "no_session")
    problem(phone.me(), 401, "invalid_token")
    problem(late.me(), 401, "invalid_token")
    problem(phone.refresh(), 400, "invalid_grant")
    problem(late.refresh(), 400, "invalid_grant")


def test_V8_a_port_in_use(normal: Normal) -> None:
    for options in ((), ("--lab",)):
        late = run("serve", *options, "--port", str(normal.port), stdin=subprocess.DEVNULL)
        assert late.returncode == 3
        assert late.stdout == ""
        assert f"Port {normal.port}" in late.stderr and late.stderr.count("\n") == 1
    assert all(answers(normal.port) for _ in range(10)), "the other process is untouched"


def test_V9_no_debugger_no_stack_trace(normal: Normal, client: Client) -> None:
    urls = ["/console", "/?__debugger__=yes&cmd=resource&f=debugger.js", "/debug", "/.git/config", "/.env"]
    urls += ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/server-status", "/admin"]
    for url in urls:
        answer = requests.get(f"{normal.url}{url}", timeout=30)
        assert answer.status_code == 404 or url.startswith("/?")
        assert "Traceback" not in answer.text and "werkzeug" not in answer.text.lower()
        assert answer.headers["Server"] == "-" and "X-Powered-By" not in answer.headers
    for method in ("TRACE", "TRACK", "CONNECT", "DEBUG"):
        answer = requests.request(method, f"{normal.url}/session/me", timeout=30)
        assert answer.status_code in (400, 405), "TRACE would send the cookie back to a script"
    problem(client.get("/console"), 404, "not_found")
    assert "traceback" not in normal.started.log.lower()
    assert (ROOT / "labserver").is_dir(), "the very server of this folder"
