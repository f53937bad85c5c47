"""What goes wrong goes wrong in one shape, and never with a 5xx."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.conftest import Server
from tests.contract.clients import Client, problem
from tests.contract.conftest import SignIn, SignInApp, for_full, for_tiny, full_and_tiny

JSON = {"Content-Type": "application/json"}
BODIES = [
    "/session/login",
    "/token/login",
    "/token/refresh",
    "/grid/opaque/cookie/login",
    "/grid/opaque/header/login",
    "/grid/jwt/cookie/login",
    "/grid/jwt/header/login",
]
NOT_JSON_OBJECTS = {
    "nothing": b"",
    "text": b"hello",
    "list": b"[]",
    "number": b"1",
    "null": b"null",
    "string": b'"text"',
    "cut off": b'{"username": "ada"',
    "twice": b'{"username": "ada", "username": "grace", "password": "x", '
    b'"refresh_token": "x.y", "refresh_token": "x.z"}',
    "NaN": b'{"username": "ada", "password": NaN, "refresh_token": NaN}',
    "not UTF-8": b'{"username": "\xff", "password": "x", "refresh_token": "\xff"}',
    "UTF-16": '{"username": "ada", "password": "x", "refresh_token": "x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"username": "ada", "password": "x", "refresh_token": "x"}',
    "lone surrogate": b'{"username": "\\ud800", "password": "\\ud800", "refresh_token": "\\ud800"}',
    "deep": b'{"username": ' + b"[" * 8000 + b"]" * 8000 + b"}",
    "long number": b'{"username": ' + b"9" * 5000 + b"}",
    "comment": b'{"username": "ada" /* admin */, "password": "x", "refresh_token": "x"}',
}
MEANS_TWO_THINGS = {"twice", "UTF-16", "byte order mark", "lone surrogate", "deep"}
"""What formats/strict_json refuses, and tiny, which does without it, need not."""

TINY_BODIES = ["/session/login", "/token/login"]
each_login = pytest.mark.parametrize(
    ("server", "path"), [*map(for_full, BODIES), *map(for_tiny, TINY_BODIES)], indirect=["server"]
)
WRONG_TYPES: list[object] = [None, 1, True, 1.5, [], {}, ["ada"], {"a": "b"}, 10**30]


@pytest.mark.parametrize(
    ("server", "path", "what"),
    [for_full(path, what) for path in BODIES for what in NOT_JSON_OBJECTS]
    + [
        for_tiny(path, what)
        for path in TINY_BODIES
        for what in sorted(NOT_JSON_OBJECTS.keys() - MEANS_TWO_THINGS)
    ],
    indirect=["server"],
)
def test_a_body_is_one_plain_json_object(client: Client, path: str, what: str) -> None:
    problem(client.post(path, data=NOT_JSON_OBJECTS[what], headers=JSON), 400, "invalid_request")


def good_body(server: Server) -> str:
    """Return a body with which each login succeeds, and a refresh is refused for its token alone."""
    return f'{{"username": "ada", "password": "{server.password("ada")}", "refresh_token": "x.y"}}'


@each_login
@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
    ],
)
def test_a_body_of_another_type_is_not_read(
    server: Server, client: Client, path: str, kind: str | None
) -> None:
    answer = client.post(path, data=good_body(server), headers={"Content-Type": kind})
    problem(answer, 415, "unsupported_media_type")


@each_login
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_a_body_is_sent_as_json(server: Server, client: Client, path: str, kind: str) -> None:
    answer = client.post(path, data=good_body(server), headers={"Content-Type": kind})
    if path.endswith("refresh"):
        problem(answer, 400, "invalid_grant")
    else:
        assert answer.status_code == 200


@each_login
def test_members_have_their_types(client: Client, path: str) -> None:
    names = ["refresh_token"] if path.endswith("refresh") else ["username", "password"]
    good = dict.fromkeys(names, "text")
    for name in names:
        problem(
            client.post(path, json={key: good[key] for key in names if key != name}), 400, "invalid_request"
        )
        for wrong in WRONG_TYPES:
            problem(client.post(path, json=good | {name: wrong}), 400, "invalid_request")


MEMBERS = {
    "/session/email": ["email"],
    "/session/cart": ["item"],
    "/session/password": ["current", "new"],
    "/token/email": ["email"],
    "/token/password": ["current", "new"],
    "/token/logout": ["refresh_token"],
}


@pytest.mark.parametrize(
    ("server", "path"),
    [*map(for_full, MEMBERS), for_tiny("/session/email"), for_tiny("/token/email")],
    indirect=["server"],
)
def test_members_have_their_types_once_inside(browser: SignIn, app: SignInApp, path: str) -> None:
    ada = browser() if path.startswith("/session") else app()
    good = {name: "a-long-text@example.org" for name in MEMBERS[path]}
    for name in good:
        for wrong in WRONG_TYPES:
            problem(ada.post(path, json=good | {name: wrong}), 400, "invalid_request")
    problem(ada.post(path, json=[good]), 400, "invalid_request")
    assert ada.me().json()["user"]["email"] == "ada@example.org"


@pytest.mark.parametrize(
    "email",
    ["", "x", "@", "a@", "@b", "a b@example.org", "a@b\n", "a\u0000@example.org", "a" * 300 + "@example.org"],
)
def test_an_address_looks_like_one(browser: SignIn, app: SignInApp, email: str) -> None:
    problem(browser().post("/session/email", json={"email": email}), 400, "invalid_request")
    problem(app().post("/token/email", json={"email": email}), 400, "invalid_request")


def test_odd_text_is_only_text(browser: SignIn, client: Client) -> None:
    grace, cart = browser("grace"), []
    for n, text in enumerate(["\u0000", "é" * 60, "💥", "' OR 1=1 --", "%s%n", "{0}", "\u202e"]):
        for credentials in ({"username": text, "password": "x"}, {"username": "ada", "password": text}):
            answer = client.post(f"/{('session', 'token')[n % 2]}/login", json=credentials)
            problem(answer, 401, "invalid_credentials")
        answer = grace.post("/session/cart", json={"item": text})
        if text == "\u0000":
            problem(answer, 400, "invalid_request")
        else:
            cart.append(text)
            assert answer.json() == {"cart": cart}


@pytest.mark.parametrize(
    ("name", "password"), [("a" * 5000, "x"), ("ada", "x" * 5000)], ids=["name", "password"]
)
def test_text_has_an_end(client: Client, name: str, password: str) -> None:
    credentials = {"username": name, "password": password}
    problem(client.post("/session/login", json=credentials), 400, "invalid_request")


def test_an_item_has_an_end(browser: SignIn) -> None:
    problem(browser().post("/session/cart", json={"item": "x" * 5000}), 400, "invalid_request")


def test_a_cart_has_a_bottom(browser: SignIn) -> None:
    ada = browser()
    for n in range(60):
        assert ada.post("/session/cart", json={"item": f"tea {n}"}).status_code in (200, 400)
    assert len(ada.get("/session/cart").json()["cart"]) <= 50


@full_and_tiny
@pytest.mark.parametrize(
    "path", ["/nothing", "/session", "/session/me/", "/session/nothing", "/lab/nothing", "/%00", "/..%2f"]
)
def test_an_unknown_address(client: Client, path: str) -> None:
    problem(client.get(path), 404, "not_found")


WRONG_METHODS = [
    ("GET", "/session/login"),
    ("GET", "/session/logout"),
    ("GET", "/session/email"),
    ("POST", "/session/me"),
    ("PUT", "/session/email"),
    ("PATCH", "/token/me"),
    ("TRACE", "/session/me"),
    ("BREW", "/session/me"),
]


@pytest.mark.parametrize(
    ("server", "method", "path"),
    [each(*line) for line in WRONG_METHODS for each in (for_full, for_tiny)]
    + [
        for_full("GET", "/token/refresh"),
        for_full("GET", "/grid/jwt/cookie/email"),
        for_full("DELETE", "/session/sessions"),
    ],
    indirect=["server"],
)
def test_a_method_that_the_address_does_not_take(browser: SignIn, method: str, path: str) -> None:
    answer = browser().request(method, path)
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/grid/opaque/body/me", "/grid/none/cookie/me", "/grid/opaque/cookie/nothing"]
)
def test_the_grid_has_four_cells(client: Client, path: str) -> None:
    problem(client.get(path), 404, "not_found")


def test_a_body_too_large(client: Client) -> None:
    body = b'{"username": "' + b"a" * 17_000 + b'"}'
    problem(client.post("/session/login", data=body, headers=JSON), 413, "body_too_large")


def test_a_body_too_large_that_does_not_say_so(client: Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 1000

    problem(client.post("/session/login", data=pieces(), headers=JSON), 413, "body_too_large")


@full_and_tiny
def test_a_body_in_pieces_is_read_whole(server: Server, client: Client) -> None:
    text = f'{{"username": "ada", "password": "{server.password("ada")}"}}'.encode()
    answer = client.post("/session/login", data=iter([text[:10], text[10:]]), headers=JSON)
    assert answer.status_code == 200


def test_an_address_too_long(client: Client) -> None:
    problem(client.get("/session/me?" + "a" * 3000), 414, "url_too_long")


def test_headers_too_large(client: Client) -> None:
    problem(client.get("/session/me", headers={"X-Long": "a" * 20_000}), 431, "headers_too_large")
    problem(
        client.get("/session/me", headers={f"X-Long-{n}": "a" * 1000 for n in range(20)}),
        431,
        "headers_too_large",
    )


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "0.0.0.0",  # noqa: S104
        "192.168.1.1",
        "",
        "127.0.0.1:",
        "a b",
    ],
)
@pytest.mark.parametrize("path", ["/session/me", "/healthz", "/lab/state", "/nothing"])
def test_another_host_is_not_this_server(server: Server, client: Client, host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})
    if host == "127.0.0.1:" and answer.status_code != 400:
        return  # an empty port is allowed by RFC 9110, and by some servers
    problem(answer, 400, "invalid_host")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_this_server_goes_by_several_names(server: Server, client: Client, host: str) -> None:
    port = server.url.rpartition(":")[2]
    assert client.get("/healthz", headers={"Host": f"{host}:{port}"}).status_code == 200


def test_a_name_is_locked_for_a_while_after_many_failures(server: Server, client: Client) -> None:
    wrong = {"username": "ada", "password": "not her password"}
    answers: list[requests.Response] = []
    for n in range(20):
        path = ("/session/login", "/token/login", "/grid/jwt/header/login")[n % 3]
        answers.append(client.post(path, json=wrong, headers={"X-Forwarded-For": f"10.0.0.{n}"}))
        if answers[-1].status_code == 429:
            break
    assert len(answers) > 5, "a few slips are forgiven"
    problem(answers[-1], 429, "too_many_tries")
    wait = int(answers[-1].headers["Retry-After"])
    assert 0 < wait <= 3600
    right = wrong | {"password": server.password("ada")}
    problem(client.post("/session/login", json=right), 429, "too_many_tries")
    other = {"username": "grace", "password": server.password("grace")}
    assert client.post("/session/login", json=other).status_code == 200
    server.advance(wait)
    assert client.post("/session/login", json=right).status_code == 200


def test_an_unknown_name_is_locked_in_the_same_way(client: Client) -> None:
    statuses = {}
    for name in ("ada", "nobody-here"):
        tries = [
            client.post("/session/login", json={"username": name, "password": "x"}).status_code
            for _ in range(13)
        ]
        statuses[name] = tries
    assert statuses["ada"] == statuses["nobody-here"]
    assert statuses["ada"][-1] == 429


@full_and_tiny
def test_head_is_get_without_the_body(client: Client, browser: SignIn) -> None:
    answer = browser().head("/session/me")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.head("/session/me").status_code == 401


@full_and_tiny
def test_options_tells_the_methods(client: Client) -> None:
    answer = client.options("/session/login")
    assert answer.status_code in (200, 204)
    assert "POST" in answer.headers["Allow"]
    assert "Access-Control-Allow-Origin" not in answer.headers
