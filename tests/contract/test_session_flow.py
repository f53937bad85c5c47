"""The session flow from login to logout, over every store."""

from __future__ import annotations

import pytest

from tests.conftest import Server
from tests.contract.clients import Browser, Client, problem, replay
from tests.contract.conftest import SignIn, SignInApp, each_server, each_store

IDLE, ABSOLUTE = 30 * 60, 12 * 3600


@each_server
def test_login_answers_user_csrf_token_and_time_left(server: Server) -> None:
    server.hold()
    with Browser(server) as ada:
        body = ada.login().json()
    assert body["user"]["username"] == "ada"
    assert body["user"]["role"] == "user"
    assert set(body["user"]) == {"username", "role", "email"}
    assert body["csrf_token"]
    assert body["expires_in"] == server.session_seconds


@each_server
def test_me_answers_the_user(server: Server, browser: SignIn) -> None:
    server.hold()
    ada = browser()
    body = ada.me().json()
    assert body["user"]["username"] == "ada"
    assert body["csrf_token"] == ada.headers["X-CSRF-Token"]
    assert body["expires_in"] == server.session_seconds


@each_server
@pytest.mark.parametrize("value", ["", "A", "é", "../../etc/passwd", "A" * 4000, "%00"])
def test_without_a_session_nobody_is_known(server: Server, client: Client, value: str) -> None:
    problem(client.get("/session/me"), 401, "no_session")
    problem(replay(server, "A" * 43), 401, "no_session")
    problem(replay(server, value), 401, "no_session")


@each_store
def test_login_again_ends_the_old_id(server: Server, browser: SignIn) -> None:
    ada = browser()
    old = ada.credential
    ada.login()
    assert ada.credential != old
    problem(replay(server, old), 401, "no_session")
    assert ada.me().status_code == 200


@each_store
def test_a_disabled_user_is_out_at_once(server: Server, browser: SignIn, client: Client) -> None:
    ada, grace = browser("ada"), browser("grace")
    server.control("POST", "/users", username="ada", disabled=True)
    problem(ada.me(), 401, "no_session")
    assert grace.me().status_code == 200
    disabled = client.post("/session/login", json={"username": "ada", "password": server.password("ada")})
    wrong = client.post("/session/login", json={"username": "mallory", "password": "not her password"})
    assert disabled.content == wrong.content
    server.control("POST", "/users", username="ada", disabled=False)
    problem(ada.me(), 401, "no_session")


@each_store
def test_the_cart_lives_on_the_server(browser: SignIn, client: Client) -> None:
    ada, elsewhere = browser("ada"), browser("ada")
    assert ada.get("/session/cart").json() == {"cart": []}
    assert ada.post("/session/cart", json={"item": "tea"}).json() == {"cart": ["tea"]}
    assert ada.post("/session/cart", json={"item": "milk"}).json() == {"cart": ["tea", "milk"]}
    copied = client.get("/session/cart", headers={"Cookie": f"sid={ada.credential}"})
    assert copied.json() == {"cart": ["tea", "milk"]}
    assert elsewhere.get("/session/cart").json() == {"cart": []}, "a cart belongs to one session"


@each_server
def test_logout_ends_the_session_on_the_server(server: Server, browser: SignIn) -> None:
    ada, elsewhere = browser("ada"), browser("ada")
    copy = ada.credential
    assert replay(server, copy).status_code == 200
    answer = ada.post("/session/logout")
    assert answer.status_code == 204
    assert "sid" not in ada.cookies, "the answer takes the cookie back"
    problem(replay(server, copy), 401, "no_session")
    assert elsewhere.me().status_code == 200
    problem(ada.post("/session/logout"), 401, "no_session")


@each_store
def test_logout_all_ends_every_session_of_this_user(server: Server, browser: SignIn) -> None:
    here, there, grace = browser("ada"), browser("ada"), browser("grace")
    copy = here.credential
    assert here.post("/session/logout-all").status_code == 204
    problem(replay(server, copy), 401, "no_session")
    problem(there.me(), 401, "no_session")
    assert grace.me().status_code == 200


@each_store
def test_the_idle_limit_counts_from_the_last_use(server: Server, browser: SignIn) -> None:
    server.hold()
    ada = browser()
    for _ in range(3):
        server.advance(IDLE - 1)
        assert ada.me().status_code == 200
    server.advance(IDLE)
    problem(ada.me(), 401, "no_session")


@each_server
def test_activity_cannot_pass_the_absolute_limit(server: Server, browser: SignIn) -> None:
    server.hold()
    ada = browser()
    for _ in range(ABSOLUTE // IDLE):
        server.advance(IDLE - 1)
        assert ada.me().status_code == 200
    server.advance(ABSOLUTE // IDLE - 1)
    answer = ada.me()
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 1)
    server.advance(1)
    problem(ada.me(), 401, "no_session")


@each_store
def test_devices_are_listed_by_handle(server: Server, browser: SignIn) -> None:
    here, there, _ = browser("ada"), browser("ada"), browser("grace")
    answer = here.get("/session/sessions")
    listed = answer.json()["sessions"]
    assert [one["current"] for one in listed].count(True) == 1
    assert len(listed) == 2
    assert len({one["handle"] for one in listed}) == 2
    for one in listed:
        assert set(one) == {"handle", "created", "last_used", "current"}
        assert one["created"] <= one["last_used"]
        problem(replay(server, one["handle"]), 401, "no_session")
    assert here.credential not in answer.text
    assert there.credential not in answer.text


@each_store
def test_a_device_is_ended_by_its_handle(browser: SignIn) -> None:
    here, there, mallory = browser("ada"), browser("ada"), browser("mallory")
    (other,) = (
        one["handle"] for one in here.get("/session/sessions").json()["sessions"] if not one["current"]
    )
    problem(mallory.delete(f"/session/sessions/{other}"), 404, "not_found")
    assert there.me().status_code == 200
    assert here.delete(f"/session/sessions/{other}").status_code == 204
    problem(there.me(), 401, "no_session")
    assert here.me().status_code == 200
    problem(here.delete(f"/session/sessions/{other}"), 404, "not_found")
    problem(here.delete("/session/sessions/no-such-handle"), 404, "not_found")


@each_store
def test_a_new_password_means_a_new_id_and_ends_the_others(
    server: Server, browser: SignIn, app: SignInApp
) -> None:
    ada, elsewhere, grace, phone = browser("ada"), browser("ada"), browser("grace"), app("ada")
    old_id, old_csrf = ada.credential, ada.headers["X-CSRF-Token"]
    new = "a quite different engine"
    answer = ada.remember(ada.post("/session/password", json={"current": server.password("ada"), "new": new}))
    assert answer.status_code == 200
    assert ada.credential != old_id
    assert ada.headers["X-CSRF-Token"] != old_csrf
    assert ada.me().status_code == 200
    problem(replay(server, old_id), 401, "no_session")
    problem(elsewhere.me(), 401, "no_session")
    problem(phone.refresh(), 400, "invalid_grant")
    assert grace.me().status_code == 200
    with Browser(server) as again:
        problem(again.login("ada"), 401, "invalid_credentials")
        assert again.login("ada", new).status_code == 200
