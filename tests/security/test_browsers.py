"""docs/security.md, rows C1 to C6: cookies, CSRF, CORS, headers."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
import requests

from tests.conftest import Server, StartServer
from tests.contract.clients import Client, present, problem, replay
from tests.contract.conftest import SignIn
from tests.security.conftest import Normal

LISTED = "https://app.example.org"
TLS = ("--tls", "--cors-origin", LISTED)
CHANGES: list[tuple[str, str, dict[str, str] | None]] = [
    ("POST", "/session/email", {"email": "eve@example.org"}),
    ("POST", "/session/cart", {"item": "tea"}),
    ("POST", "/session/password", {"current": "an old password", "new": "a new password"}),
    ("DELETE", "/session/sessions/some-handle", None),
    ("POST", "/session/logout", None),
    ("POST", "/session/logout-all", None),
]


def attributes(answer: requests.Response) -> tuple[str, set[str]]:
    """Take a Set-Cookie apart: the cookie's name, and its attributes in lower case without Max-Age."""
    pair, *more = answer.headers["Set-Cookie"].split(";")
    words = {word.strip().lower() for word in more}
    return pair.split("=")[0], {word for word in words if not word.startswith("max-age=")}


def post_form(client: Client, path: str, **more: Any) -> int:
    """Post to a page, which refuses in HTML; gives the status."""
    url = f"{client.server.url}{path}"
    return requests.Session.request(
        client, "POST", url, timeout=30, allow_redirects=False, **more
    ).status_code


@pytest.mark.parametrize("options", [(), TLS], ids=["http", "tls"])
def test_C1_cookies_promise_what_browsers_enforce(servers: StartServer, options: tuple[str, ...]) -> None:
    server = servers(*options)
    prefix, secure = ("__Host-", {"secure"}) if options else ("", set())
    who = {"username": "ada", "password": server.password("ada")}
    with Client(server) as ada:
        logins = {
            "sid": [ada.post("/session/login", json=who), ada.post("/site/login", data=who)],
            "grid": [ada.post(f"/grid/{what}/cookie/login", json=who) for what in ("opaque", "jwt")],
        }
        csrf = {"X-CSRF-Token": ada.get("/session/me").json()["csrf_token"]}
        logins["sid"].append(ada.post("/session/logout", headers=csrf))
        for name, answers in logins.items():
            for answer in answers:
                assert attributes(answer) == (
                    f"{prefix}{name}",
                    {"httponly", "samesite=lax", "path=/"} | secure,
                )
        if options:
            sid = logins["sid"][0].headers["Set-Cookie"].split("=")[1].split(";")[0]
            problem(replay(server, sid, cookie="sid"), 401, "no_session")


def test_C1_over_plain_http_on_loopback_only(normal: Normal) -> None:
    with requests.Session() as ada:
        name, words = attributes(normal.login(ada, "/session/login"))
        assert (name, words) == ("sid", {"httponly", "samesite=lax", "path=/"})
        assert normal.url.startswith("http://127.0.0.1:")


def test_C2_a_change_needs_the_csrf_token_of_its_session(browser: SignIn) -> None:
    ada, own_other, grace = browser("ada"), browser("ada"), browser("grace")
    right = str(ada.headers["X-CSRF-Token"])
    forged = [None, b"", b"A" * 43, "é".encode(), right[:-1].encode(), (right + "A").encode()]
    forged += [str(one.headers["X-CSRF-Token"]).encode() for one in (own_other, grace)]
    key = hashlib.sha256(ada.cookies["sid"].encode()).digest()  # what the thief of a database would know
    forged += [key.hex().encode(), base64.urlsafe_b64encode(key).rstrip(b"=")]
    for method, path, body in CHANGES:
        for token in forged:
            answer = ada.request(method, path, json=body, headers={"X-CSRF-Token": token})
            problem(answer, 403, "csrf_failed")
    for token in forged:
        form = {"email": "eve@example.org", **({"csrf_token": token} if token else {})}
        assert post_form(ada, "/site/email", data=form) == 403
        grid = ada.post("/grid/jwt/cookie/email", json={"email": "eve@example.org"})
        problem(grid, 401, "no_session")
    assert ada.me().json()["user"]["email"] == "ada@example.org"
    assert ada.get("/session/cart").json() == {"cart": []}
    assert ada.post("/session/email", json={"email": "ada@analytical.example"}).status_code == 200


@pytest.mark.parametrize("what", ["opaque", "jwt"])
def test_C2_in_the_grid_too(server: Server, what: str) -> None:
    who = {"username": "ada", "password": server.password("ada")}
    with Client(server) as ada, Client(server) as other:
        csrf = ada.post(f"/grid/{what}/cookie/login", json=who).json()["csrf_token"]
        foreign = other.post(f"/grid/{what}/cookie/login", json=who).json()["csrf_token"]
        for token in ("", foreign):
            for page, body in (("email", {"email": "eve@example.org"}), ("logout", None)):
                answer = ada.post(f"/grid/{what}/cookie/{page}", json=body, headers={"X-CSRF-Token": token})
                problem(answer, 403, "csrf_failed")
        headers = {"X-CSRF-Token": csrf}
        change = {"email": "ada@analytical.example"}
        assert ada.post(f"/grid/{what}/cookie/email", json=change, headers=headers).status_code == 200


@pytest.mark.parametrize("options", [(), TLS], ids=["http", "tls"])
def test_C3_a_change_comes_from_our_own_pages(servers: StartServer, options: tuple[str, ...]) -> None:
    server = servers(*options)
    who = {"username": "ada", "password": server.password("ada")}
    url, port = server.url, int(server.url.rpartition(":")[2])
    other_scheme = (
        url.replace("http:", "https:") if url.startswith("http:") else url.replace("https:", "http:")
    )
    theirs = [{"Origin": origin} for origin in ("null", "", LISTED, other_scheme, f"{url}.evil.example")]
    theirs += [{"Origin": url.replace(str(port), str(port + 1))}, {"Origin": url.rpartition(":")[0]}]
    theirs += [{"Origin": f"{url}/"}, {"Origin": url.replace("127.0.0.1", "localhost")}]
    theirs += [{"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "", "nonsense")]
    theirs += [{"Origin": url, "Sec-Fetch-Site": "cross-site"}]
    with Client(server) as ada:
        csrf = ada.post("/session/login", json=who).json()["csrf_token"]
        ada.headers["X-CSRF-Token"] = csrf
        change = {"email": "eve@example.org"}
        for headers in theirs:
            problem(ada.post("/session/email", json=change, headers=headers), 403, "origin_refused")
            problem(ada.post("/session/login", json=who, headers=headers), 403, "origin_refused")
            form = change | {"csrf_token": csrf}
            assert post_form(ada, "/site/email", data=form, headers=headers) == 403
        assert ada.get("/session/me").json()["user"]["email"] == "ada@example.org"
        for headers in ({"Origin": url}, {"Sec-Fetch-Site": "same-origin"}, {}):
            assert ada.post("/session/email", json=change, headers=headers).status_code == 200


def operations(client: Client, method: str) -> list[str]:
    """List the paths that take a method, with a word in the place of each parameter."""
    paths: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    return [path.replace("{handle}", "x").replace("{name}", "x") for path in paths if method in paths[path]]


def test_C4_no_state_change_on_get(server: Server, browser: SignIn) -> None:
    ada = browser("ada")
    before = server.control("GET", "/state")
    reads = operations(ada, "get")
    for path in operations(ada, "post") + operations(ada, "delete"):
        if path not in reads:
            problem(ada.get(path), 405, "method_not_allowed")
            assert ada.head(path).status_code == 405
    for path in reads:
        ada.get(path + "?email=eve@example.org&_method=DELETE&item=tea")
        ada.get(path, headers={"X-HTTP-Method-Override": "POST", "X-Method-Override": "DELETE"})
        ada.head(path)
    after = server.control("GET", "/state")
    for part in ("store", "users", "keys"):
        assert after[part] == before[part]


def test_C4_bodies_are_json_only(server: Server, browser: SignIn) -> None:
    ada = browser("ada")
    kinds = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
    ]
    kinds += ["application/jsonp", "application/json5", "application/problem+json", "", "*/*", "json"]
    bodies = {
        path: b'{"email": "eve@example.org", "item": "tea"}' for path in ("/session/email", "/session/cart")
    }
    for path, body in bodies.items():
        for kind in kinds:
            answer = ada.post(path, data=body, headers={"Content-Type": kind})
            problem(answer, 415, "unsupported_media_type")
        assert ada.post(path, data=body, headers={"Content-Type": "application/json"}).status_code == 200


@pytest.mark.parametrize("path", ["/session/logout", "/session/logout-all"])
def test_C4_of_any_type_but_json_even_where_none_is_taken(browser: SignIn, path: str) -> None:
    ada = browser("ada")
    answer = ada.post(path, data=b"x", headers={"Content-Type": "text/plain"})
    problem(answer, 415, "unsupported_media_type")
    assert ada.me().status_code == 200


def test_C5_cors_is_an_allow_list(servers: StartServer) -> None:
    server = servers(*TLS)
    who = {"username": "ada", "password": server.password("ada")}
    unlisted = ["null", "", "https://evil.example", f"{LISTED}.evil.example", "https://evilapp.example.org"]
    unlisted += ["http://app.example.org", f"{LISTED}:8443", f"{LISTED}/", "https://xapp.example.org", "*"]
    asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    with Client(server) as ada:
        token = ada.post("/token/login", json=who).json()["access_token"]
        for origin in (*unlisted, LISTED):
            bearer = {"Authorization": f"Bearer {token}", "Origin": origin}
            for path in ("/token/me", "/session/me", "/lab/state", "/nothing"):
                for answer in (
                    ada.get(path, headers=bearer),
                    ada.options(path, headers=asks | {"Origin": origin}),
                ):
                    allowed = answer.headers.get("Access-Control-Allow-Origin")
                    open_to = LISTED if (origin, path) == (LISTED, "/token/me") else None
                    assert allowed == open_to, (origin, path)
                    assert "Access-Control-Allow-Credentials" not in answer.headers
                    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "itself", "http://localhost:3000"])
def test_C5_without_a_list_nobody_is_allowed(normal: Normal, origin: str) -> None:
    sent = normal.url if origin == "itself" else origin
    answer = requests.get(f"{normal.url}/token/me", headers={"Origin": sent}, timeout=30)
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_C6_every_answer_carries_the_headers(normal: Normal) -> None:
    ask = requests.Session()
    url, json = normal.url, {"Content-Type": "application/json"}
    answers = [
        ask.get(f"{url}{path}", timeout=30, allow_redirects=False)
        for path in ("/", "/app/", "/site/", "/static/pages.css", "/healthz", "/openapi.json", "/nothing")
    ]
    answers += [normal.login(ask, "/session/login"), ask.get(f"{url}/session/me", timeout=30)]
    answers += [
        normal.login(ask, "/token/login"),
        ask.post(f"{url}/session/logout", timeout=30),
        ask.get(f"{url}/token/me", timeout=30),
        ask.get(f"{url}/session/login", timeout=30),
        ask.options(f"{url}/session/login", timeout=30),
        ask.post(f"{url}/session/login", data=b"x", timeout=30),
        ask.post(f"{url}/session/login", data=b"x", headers=json, timeout=30),
        ask.post(f"{url}/session/login", data=b"x" * 20_000, headers=json, timeout=30),
        ask.get(f"{url}/token/me?{'a' * 3000}", timeout=30),
        ask.get(f"{url}/token/me", headers={"X-Long": "a" * 20_000}, timeout=30),
        ask.get(f"{url}/token/me", headers={"Host": "evil.example"}, timeout=30),
    ]
    assert {answer.status_code for answer in answers} >= {200, 400, 401, 403, 404, 405, 413, 414, 415, 431}
    for answer in answers:
        headers = answer.headers
        where = f"{answer.status_code} {answer.url[:80]}"
        static = "/static/" in answer.url  # style sheet and script are the same for everybody
        assert headers["Cache-Control"] == ("no-cache" if static else "no-store"), where
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], where
        assert "default-src 'none'" in headers["Content-Security-Policy"], where
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), where
        assert "Strict-Transport-Security" not in headers, where
    ask.close()


@pytest.mark.parametrize("path", ["/", "/site/", "/token/me", "/nothing"])
def test_C6_over_tls_there_is_no_hsts_either(servers: StartServer, path: str) -> None:
    answer = present(servers(*TLS), "x", path)  # each exchange is held to the headers by Client
    assert "Strict-Transport-Security" not in answer.headers
