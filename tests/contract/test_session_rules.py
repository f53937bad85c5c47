"""What the session flow asks for, whatever the store: cookies, CSRF tokens, origins, roles, passwords."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie

import pytest
import requests

from tests.conftest import Server
from tests.contract.clients import Browser, Client, problem, replay
from tests.contract.conftest import SignIn, for_full, for_tiny, full_and_tiny


def cookie_of(answer: requests.Response) -> tuple[str, dict[str, str]]:
    """Return the value of an answer's one `sid` cookie, and the attributes that are set."""
    (morsel,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert morsel.key == "sid"
    return morsel.value, {name: str(value) for name, value in morsel.items() if value}


@full_and_tiny
def test_login_sets_one_strict_cookie(server: Server) -> None:
    with Browser(server) as ada:
        value, attributes = cookie_of(ada.login())
    assert re.fullmatch(r"[A-Za-z0-9_-]{22,}", value), "128 random bits at least"
    assert {"httponly": "True", "samesite": "Lax", "path": "/"}.items() <= attributes.items()
    assert "domain" not in attributes
    assert "secure" not in attributes, "over plain http a Secure cookie would not come back"


@full_and_tiny
def test_wrong_password_and_unknown_user_answer_the_same_bytes(server: Server, client: Client) -> None:
    wrong = client.post("/session/login", json={"username": "ada", "password": "not her password"})
    unknown = client.post("/session/login", json={"username": "nobody-here", "password": "not her password"})
    problem(wrong, 401, "invalid_credentials")
    assert unknown.content == wrong.content
    assert "Set-Cookie" not in wrong.headers


@full_and_tiny
def test_an_id_that_the_server_did_not_issue_is_not_adopted(server: Server) -> None:
    with Browser(server) as ada:
        planted = "x" * 43
        credentials = {"username": "ada", "password": server.password("ada")}
        value, _ = cookie_of(
            ada.post("/session/login", json=credentials, headers={"Cookie": f"sid={planted}"})
        )
    assert value != planted
    problem(replay(server, planted), 401, "no_session")


def test_two_session_cookies_are_one_too_many(browser: SignIn, client: Client) -> None:
    ada, grace = browser("ada"), browser("grace")
    both = f"sid={ada.credential}; sid={grace.credential}"
    problem(client.get("/session/me", headers={"Cookie": both}), 400, "invalid_request")


@full_and_tiny
def test_foreign_cookies_are_ignored(browser: SignIn) -> None:
    ada = browser()
    crowd = f"_xsrf=2|abc; username-127-0-0-1=secret; sid={ada.credential}; broken"
    assert ada.get("/session/me", headers={"Cookie": crowd}).status_code == 200


def test_admin_needs_the_role(browser: SignIn, client: Client) -> None:
    problem(browser("ada").get("/session/admin"), 403, "forbidden")
    problem(client.get("/session/admin"), 401, "no_session")
    body = browser("grace").get("/session/admin").json()
    assert body["user"]["username"] == "grace"
    assert body["users"] == ["ada", "grace", "mallory"]


def test_admin_asks_for_the_role_as_it_is_now(server: Server, browser: SignIn) -> None:
    grace = browser("grace")
    server.control("POST", "/users", username="grace", role="user")
    problem(grace.get("/session/admin"), 403, "forbidden")


@full_and_tiny
def test_email_changes_with_the_csrf_token(browser: SignIn) -> None:
    ada = browser()
    answer = ada.post("/session/email", json={"email": "ada@analytical.example"})
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "ada@analytical.example"
    assert ada.me().json()["user"]["email"] == "ada@analytical.example"


CHANGES: list[tuple[str, str, dict[str, str] | None]] = [
    ("POST", "/session/email", {"email": "eve@example.org"}),
    ("POST", "/session/cart", {"item": "tea"}),
    ("POST", "/session/password", {"current": "an old password", "new": "a new password"}),
    ("DELETE", "/session/sessions/some-handle", None),
    ("POST", "/session/logout", None),
    ("POST", "/session/logout-all", None),
]


@pytest.mark.parametrize(
    ("server", "method", "path", "body"),
    [for_full(*change) for change in CHANGES]
    + [for_tiny(*change) for change in CHANGES if change[1] in ("/session/email", "/session/logout")],
    indirect=["server"],
)
def test_each_change_needs_this_sessions_csrf_token(
    browser: SignIn, client: Client, method: str, path: str, body: dict[str, str] | None
) -> None:
    ada, mallory = browser("ada"), browser("mallory")
    for forged in (None, b"", b"A" * 43, "é".encode(), str(mallory.headers["X-CSRF-Token"]).encode()):
        problem(ada.request(method, path, json=body, headers={"X-CSRF-Token": forged}), 403, "csrf_failed")
    problem(client.request(method, path, json=body), 401, "no_session")
    assert ada.me().json()["user"]["email"] == "ada@example.org"


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_each_change_minds_where_it_comes_from(
    browser: SignIn, method: str, path: str, body: dict[str, str] | None
) -> None:
    ada = browser()
    answer = ada.request(method, path, json=body, headers={"Origin": "https://evil.example"})
    problem(answer, 403, "origin_refused")
    assert ada.me().json()["user"]["email"] == "ada@example.org"
    assert ada.get("/session/cart").json() == {"cart": []}


def test_without_its_csrf_token_nothing_gets_into_the_cart(browser: SignIn) -> None:
    ada = browser()
    forged = ada.post("/session/cart", json={"item": "tea"}, headers={"X-CSRF-Token": None})
    problem(forged, 403, "csrf_failed")
    assert ada.get("/session/cart").json() == {"cart": []}


def test_a_change_is_taken_from_our_own_pages_only(server: Server, browser: SignIn) -> None:
    ada, url = browser(), server.url
    ours = [
        {"Origin": url},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": url, "Sec-Fetch-Site": "same-origin"},
    ]
    theirs = [
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://evil.example"},
        {"Origin": f"{url}0"},
        {"Origin": f"{url}.evil.example"},
        {"Origin": url.replace("http:", "https:")},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": url, "Sec-Fetch-Site": "cross-site"},
    ]
    change = {"email": "ada@analytical.example"}
    for headers in theirs:
        problem(ada.post("/session/email", json=change, headers=headers), 403, "origin_refused")
    assert ada.me().json()["user"]["email"] == "ada@example.org"
    for headers in ours:
        assert ada.post("/session/email", json=change, headers=headers).status_code == 200, headers


def test_login_from_another_origin_is_refused(server: Server, client: Client) -> None:
    credentials = {"username": "mallory", "password": server.password("mallory")}
    answer = client.post("/session/login", json=credentials, headers={"Origin": "https://evil.example"})
    problem(answer, 403, "origin_refused")
    assert "Set-Cookie" not in answer.headers


def test_one_can_end_the_device_in_ones_hand(server: Server, browser: SignIn) -> None:
    ada = browser()
    copy = ada.credential
    (own,) = ada.get("/session/sessions").json()["sessions"]
    assert ada.delete(f"/session/sessions/{own['handle']}").status_code == 204
    problem(replay(server, copy), 401, "no_session")


def test_the_current_password_is_asked_for(server: Server, browser: SignIn) -> None:
    ada = browser()
    answer = ada.post(
        "/session/password", json={"current": "not her password", "new": "a quite different engine"}
    )
    problem(answer, 401, "invalid_credentials")
    assert ada.me().status_code == 200
    with Browser(server) as again:
        assert again.login().status_code == 200


@pytest.mark.parametrize("weak", ["", "short", "1234567", "password", "password1", "12345678", "x" * 5000])
def test_a_weak_password_is_refused(server: Server, browser: SignIn, weak: str) -> None:
    ada = browser()
    answer = ada.post("/session/password", json={"current": server.password("ada"), "new": weak})
    problem(answer, 400, "invalid_request")
    assert ada.me().status_code == 200


def test_length_is_what_counts_in_a_password(server: Server, browser: SignIn) -> None:
    ada, current = browser(), server.password("ada")
    for new in ("aaabbbbb", "correct horse battery staple " * 3, "pässwörter ok 🙂"):
        answer = ada.remember(ada.post("/session/password", json={"current": current, "new": new}))
        assert answer.status_code == 200
        with Browser(server) as again:
            problem(again.login("ada", new[:-1]), 401, "invalid_credentials")
            assert again.login("ada", new).status_code == 200
        current = new
