"""The token flow from login to logout, over every store."""

from __future__ import annotations

import pytest

from tests.conftest import Server
from tests.contract.clients import App, Client, present, problem
from tests.contract.conftest import SignIn, SignInApp, each_server, each_store

ACCESS, REFRESH = 15 * 60, 14 * 86400


@each_server
def test_me_answers_the_same_user_as_the_session_flow(
    server: Server, app: SignInApp, browser: SignIn
) -> None:
    server.hold()
    body = app().me().json()
    assert body["user"] == browser().me().json()["user"]
    assert body["expires_in"] == ACCESS


@each_store
def test_refresh_answers_a_new_pair(server: Server, app: SignInApp) -> None:
    ada = app()
    access, refresh_token = ada.credential, ada.refresh_token
    body = ada.refresh().json()
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert body["access_token"] != access
    assert body["refresh_token"] != refresh_token
    assert ada.me().status_code == 200
    assert present(server, access).status_code == 200, "the old access token lives on until it expires"


@each_store
def test_a_refresh_token_used_twice_ends_its_family(app: SignInApp, client: Client) -> None:
    ada, elsewhere = app(), app()
    used = ada.refresh_token
    assert ada.refresh().status_code == 200
    again = client.post("/token/refresh", json={"refresh_token": used})
    problem(again, 400, "invalid_grant")
    assert again.json()["error"] == "invalid_grant"
    problem(ada.refresh(), 400, "invalid_grant")
    assert elsewhere.refresh().status_code == 200, "another login is another family"


@each_store
def test_a_family_has_an_absolute_end(server: Server, app: SignInApp) -> None:
    server.hold()
    ada = app()
    for step in (REFRESH // 2, REFRESH // 2 - 1):
        server.advance(step)
        assert ada.refresh().status_code == 200
    server.advance(1)
    problem(ada.refresh(), 400, "invalid_grant")


@each_store
@pytest.mark.parametrize("form", ["{family}.{guess}", "{family}.", "{family}", "{family}.{secret}="])
def test_guessing_the_secret_of_a_family_gets_nothing(app: SignInApp, client: Client, form: str) -> None:
    family, secret = app().refresh_token.split(".")
    bad = form.format(family=family, secret=secret, guess="A" * len(secret))
    problem(client.post("/token/refresh", json={"refresh_token": bad}), 400, "invalid_grant")


@each_store
def test_a_disabled_user_gets_no_new_pair(server: Server, app: SignInApp) -> None:
    ada = app()
    server.control("POST", "/users", username="ada", disabled=True)
    problem(ada.refresh(), 400, "invalid_grant")


@each_store
def test_logout_ends_the_family_and_not_the_access_token(server: Server, app: SignInApp) -> None:
    ada, elsewhere = app(), app()
    assert ada.post("/token/logout", json={"refresh_token": ada.refresh_token}).status_code == 204
    assert present(server, ada.credential).status_code == 200, "that is the lesson"
    problem(ada.refresh(), 400, "invalid_grant")
    assert elsewhere.refresh().status_code == 200


@each_store
def test_logout_takes_a_live_refresh_token_only(app: SignInApp, client: Client) -> None:
    problem(client.post("/token/logout", json={"refresh_token": "x.y"}), 400, "invalid_grant")
    ada = app()
    used = ada.refresh_token
    ada.refresh()
    problem(client.post("/token/logout", json={"refresh_token": used}), 400, "invalid_grant")
    problem(ada.refresh(), 400, "invalid_grant")


@each_store
def test_logout_all_ends_every_family_of_this_user(app: SignInApp) -> None:
    here, there, grace = app("ada"), app("ada"), app("grace")
    assert here.post("/token/logout-all").status_code == 204
    problem(here.refresh(), 400, "invalid_grant")
    problem(there.refresh(), 400, "invalid_grant")
    assert grace.refresh().status_code == 200


@each_store
def test_families_are_listed_and_ended_by_handle(app: SignInApp) -> None:
    here, there, mallory = app("ada"), app("ada"), app("mallory")
    there.refresh()
    answer = here.get("/token/families")
    listed = answer.json()["families"]
    assert len({one["handle"] for one in listed}) == len(listed) == 2
    for one in listed:
        assert set(one) == {"handle", "created", "last_used", "current"}
        assert one["handle"] not in (here.refresh_token, there.refresh_token)
        problem(mallory.delete(f"/token/families/{one['handle']}"), 404, "not_found")
    for one in listed:
        assert here.delete(f"/token/families/{one['handle']}").status_code == 204
    problem(here.delete(f"/token/families/{listed[0]['handle']}"), 404, "not_found")
    problem(here.refresh(), 400, "invalid_grant")
    problem(there.refresh(), 400, "invalid_grant")
    assert mallory.refresh().status_code == 200


@each_store
def test_a_new_password_means_a_new_pair_and_ends_the_others(
    server: Server, app: SignInApp, browser: SignIn
) -> None:
    ada, elsewhere, laptop = app(), app(), browser()
    old, new = ada.refresh_token, "a quite different engine"
    answer = ada.remember(ada.post("/token/password", json={"current": server.password("ada"), "new": new}))
    assert answer.status_code == 200
    assert ada.me().status_code == 200
    problem(elsewhere.refresh(), 400, "invalid_grant")
    problem(laptop.me(), 401, "no_session")
    problem(App(server).post("/token/refresh", json={"refresh_token": old}), 400, "invalid_grant")
    assert ada.refresh().status_code == 200
    with App(server) as again:
        problem(again.login("ada"), 401, "invalid_credentials")
        assert again.login("ada", new).status_code == 200


@each_store
def test_revoking_a_refresh_token_ends_its_family(app: SignInApp, client: Client) -> None:
    ada = app()
    assert client.post("/token/revoke", data={"token": ada.refresh_token}).status_code == 200
    problem(ada.refresh(), 400, "invalid_grant")
