"""What `labserver.tiny` leaves out: each line of its docstring, seen on tiny and on the full server."""

from __future__ import annotations

import ast
import inspect
import io
import json
import re
import signal
import subprocess
import sys
import tokenize
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

from labserver import tiny as module
from labserver.kit.attacks import ATTACKS, Target, battery
from tests.conftest import ROOT, TINY, Server, TinyServer
from tests.contract.clients import Browser, Client, present, problem, replay
from tests.contract.conftest import SignIn, SignInApp
from tests.contract.workshop import Workshop

Test = TypeVar("Test", bound=Callable[..., None])
LEFT_OUT = re.findall(r"^- (\S+): ", inspect.getdoc(module) or "", re.MULTILINE)
SHOWN: set[str] = set()


def shows(line: str, *, tiny: object, full: object) -> Callable[[Test], Test]:
    """Run a test on both servers, each with what is expected of it. It shows this line of the docstring."""
    SHOWN.add(line)
    return pytest.mark.parametrize(
        ("server", "expected"), [(TINY, tiny), ((), full)], indirect=["server"], ids=["tiny", "full"]
    )


def ask(server: Server, method: str, path: str, **options: Any) -> requests.Response:
    """Send a request that no description covers, from nobody's browser."""
    with requests.Session() as plain:
        plain.trust_env = False
        return plain.request(method, server.url + path, timeout=30, **options)


def test_each_line_names_a_module_and_has_a_test() -> None:
    assert set(LEFT_OUT) == SHOWN
    for line in LEFT_OUT:
        place = ROOT / "labserver" / line
        assert place.is_dir() or place.with_suffix(".py").is_file(), line


def test_it_is_120_lines_of_code_and_needs_nothing_of_the_rest() -> None:
    source = Path(module.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source)
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {
        line
        for token in tokens
        if token.type not in quiet | {tokenize.ENDMARKER}
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    assert len(lines) <= 120, "without blank lines, comments and docstrings"
    assert "labserver" not in {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert not [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and "labserver" in str(node.module)
    ]


@shows("auth/sessions", tiny=True, full=False)
def test_ids_are_readable_in_the_database(server: Server, browser: SignIn, expected: bool) -> None:
    sid = browser().credential
    assert (sid in json.dumps(server.control("GET", "/state"))) is expected


@shows("auth/sessions", tiny=200, full=401)
def test_an_idle_session_lives_on(server: Server, browser: SignIn, expected: int) -> None:
    ada = browser()
    server.advance(31 * 60)
    assert ada.me().status_code == expected


@shows("auth/sessions", tiny=200, full=401)
def test_the_earlier_session_survives_a_login(server: Server, browser: SignIn, expected: int) -> None:
    ada = browser()
    earlier = ada.credential
    ada.login()
    assert ada.credential != earlier
    assert replay(server, earlier).status_code == expected


@shows("auth/tokens", tiny=200, full=401)
@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"kid": "no-such-key"}], ids=str)
def test_typ_and_kid_are_not_looked_at(server: Server, header: dict[str, str], expected: int) -> None:
    assert present(server, Workshop(server).sign(header)).status_code == expected


@shows("auth/tokens", tiny=200, full=401)
def test_a_token_may_be_padded(server: Server, app: SignInApp, expected: int) -> None:
    assert present(server, f"{app().credential}=").status_code == expected


@shows("auth/refresh", tiny=404, full=200)
def test_there_is_nothing_to_refresh_with(server: Server, app: SignInApp, expected: int) -> None:
    answer = ask(server, "POST", "/token/refresh", json={"refresh_token": app().refresh_token})
    assert answer.status_code == expected


@shows("auth/denylist", tiny=200, full=200)
def test_a_copy_of_a_token_outlives_the_logout(server: Server, app: SignInApp, expected: int) -> None:
    ada = app()
    ask(server, "POST", "/token/logout", json={"refresh_token": ada.refresh_token})
    assert present(server, ada.credential).status_code == expected


@pytest.mark.parametrize("server", [("--denylist",)], indirect=True)
def test_with_the_denylist_it_does_not(server: Server, app: SignInApp) -> None:
    ada = app()
    ask(server, "POST", "/token/logout", json={"refresh_token": ada.refresh_token})
    problem(present(server, ada.credential), 401, "invalid_token")


@shows("auth/throttle", tiny=401, full=429)
def test_passwords_are_guessed_without_a_wait(client: Client, expected: int) -> None:
    wrong = {"username": "ada", "password": "not her password"}
    statuses = [client.post("/token/login", json=wrong).status_code for _ in range(12)]
    assert (statuses[0], statuses[-1]) == (401, expected)


@shows("web/csrf", tiny=200, full=403)
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_it_does_not_matter_whose_page_asks(browser: SignIn, headers: dict[str, str], expected: int) -> None:
    answer = browser().post("/session/email", json={"email": "a@b.example"}, headers=headers)
    assert answer.status_code == expected


@shows("web/carriers", tiny=200, full=400)
def test_one_of_two_cookies_is_picked(browser: SignIn, client: Client, expected: int) -> None:
    two = f"sid={browser().credential}; sid=another"
    assert client.get("/session/me", headers={"Cookie": two}).status_code == expected


@shows("web/middleware", tiny=401, full=413)
def test_a_large_body_is_read(client: Client, expected: int) -> None:
    large = {"username": "ada", "password": "a" * 17_000}
    assert client.post("/token/login", json=large).status_code == expected


@shows("web/middleware", tiny=401, full=400)
def test_any_host_is_answered(client: Client, expected: int) -> None:
    assert client.get("/session/me", headers={"Host": "evil.example"}).status_code == expected


@shows("web/middleware", tiny=False, full=True)
@pytest.mark.parametrize("name", ["Cache-Control", "X-Content-Type-Options", "Content-Security-Policy"])
def test_no_header_protects_an_answer(client: Client, name: str, expected: bool) -> None:
    assert (name in client.get("/session/me").headers) is expected


@shows("web/schemas", tiny=200, full=400)
@pytest.mark.parametrize("email", ["", "no address", "a" * 300 + "@example.org"], ids=["", "text", "long"])
def test_any_text_is_an_address(browser: SignIn, email: str, expected: int) -> None:
    assert browser().post("/session/email", json={"email": email}).status_code == expected


@shows("web/routes", tiny=404, full=200)
@pytest.mark.parametrize("path", ["/session/sessions", "/session/cart", "/"])
def test_there_are_no_other_paths(server: Server, browser: SignIn, path: str, expected: int) -> None:
    cookie = {"Cookie": f"sid={browser().credential}"}
    assert ask(server, "GET", path, headers=cookie).status_code == expected


@shows("formats/strict_json", tiny=200, full=400)
def test_a_body_may_name_a_field_twice(server: Server, client: Client, expected: int) -> None:
    body = f'{{"username": "mallory", "username": "ada", "password": "{server.password("ada")}"}}'
    answer = client.post("/token/login", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == expected


@shows("formats/strict_json", tiny=500, full=400)
@pytest.mark.parametrize("text", ['"\\ud800"', "[" * 8000 + "]" * 8000], ids=["half a character", "deep"])
def test_an_odd_body_is_a_mistake_of_the_server(server: Server, text: str, expected: int) -> None:
    body = f'{{"username": {text}, "password": "x"}}'
    answer = ask(server, "POST", "/token/login", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == expected


@shows("storage", tiny=401, full=200)
def test_a_restart_ends_all_sessions(server: Server, tmp_path: Path, expected: int) -> None:
    def start(log: str) -> Server:
        if isinstance(server, TinyServer):
            return TinyServer(server.full, tmp_path / log)
        return Server("--store", f"sqlite:{tmp_path / 'store'}", log=tmp_path / log)

    first = start("first")
    with Browser(first) as ada:
        ada.login()
        sid = ada.credential
    first.stop()
    second = start("second")
    assert replay(second, sid).status_code == expected
    second.stop()


@shows("runtime", tiny="Werkzeug/", full="-")
def test_a_development_server_answers(client: Client, expected: str) -> None:
    assert client.get("/session/me").headers["Server"].startswith(expected)


NO_SUCH_PATH = {"foreign_handle", "promotion", "access_as_refresh", "stored_script"}
NO_REFRESH_TOKEN = {"refresh_as_access", "reuse", "refresh_after_logout", "made_up_refresh"}


@pytest.mark.parametrize(
    ("server", "got_in", "not_tried"),
    [(TINY, ["another_spelling"], NO_SUCH_PATH | NO_REFRESH_TOKEN), ((), [], set())],
    indirect=["server"],
    ids=["tiny", "full"],
)
def test_which_attacks_get_in(server: Server, got_in: list[str], not_tried: set[str]) -> None:
    report = battery(Target.from_ready_message(server.ready))
    assert report.got_in == got_in
    assert set(report.not_tried) == not_tried | {"alg_confusion"}, "no public key in either"
    assert len(report) == len(ATTACKS)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_the_command_says_who_and_where_and_ends_quietly(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "labserver.tiny"], cwd=ROOT, stdout=subprocess.PIPE, stderr=log
        )
    with process:
        assert process.stdout is not None
        message = json.loads(process.stdout.readline())
        report = battery(
            Target.from_ready_message(message), [one for one in ATTACKS if one.name == "fixation"]
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", message["url"])
    assert set(message["users"]) == {"ada", "mallory"}
    assert report.not_tried == report.got_in == []
    assert "Traceback" not in (tmp_path / "log").read_text()
