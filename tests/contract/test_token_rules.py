"""What the token flow asks for, whatever the store and the algorithm: challenges, carriers, roles, forms."""

from __future__ import annotations

import pytest

from tests.conftest import Server
from tests.contract.clients import Client, problem
from tests.contract.conftest import SignIn, SignInApp, full_and_tiny


@full_and_tiny
def test_wrong_password_and_unknown_user_answer_the_same_bytes(client: Client) -> None:
    wrong = client.post("/token/login", json={"username": "ada", "password": "not her password"})
    unknown = client.post("/token/login", json={"username": "nobody-here", "password": "not her password"})
    problem(wrong, 401, "invalid_credentials")
    assert unknown.content == wrong.content


@full_and_tiny
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YWRhOmFkYQ=="}])
def test_without_a_token_the_challenge_names_no_error(client: Client, headers: dict[str, str]) -> None:
    answer = client.get("/token/me", headers=headers)
    problem(answer, 401, "no_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "error" not in answer.headers["WWW-Authenticate"]


@full_and_tiny
def test_the_scheme_is_spelled_in_any_case(app: SignInApp, client: Client) -> None:
    token = app().credential
    assert client.get("/token/me", headers={"Authorization": f"bearer {token}"}).status_code == 200


def test_two_tokens_at_once_are_one_too_many(app: SignInApp, client: Client) -> None:
    ada, grace = app("ada").credential, app("grace").credential
    problem(
        client.get("/token/me", headers={"Authorization": f"Bearer {ada}, Bearer {grace}"}),
        400,
        "invalid_request",
    )


@full_and_tiny
def test_a_token_elsewhere_is_never_honoured(app: SignInApp, browser: SignIn, client: Client) -> None:
    token = app().credential
    assert client.get(f"/token/me?access_token={token}").status_code in (400, 401)
    problem(client.get("/token/me", headers={"Cookie": f"access_token={token}"}), 401, "no_token")
    problem(browser().get("/token/me"), 401, "no_token")
    problem(client.get("/session/me", headers={"Authorization": f"Bearer {token}"}), 401, "no_session")


def test_admin_needs_the_role(app: SignInApp, client: Client) -> None:
    answer = app("ada").get("/token/admin")
    problem(answer, 403, "forbidden")
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    problem(client.get("/token/admin"), 401, "no_token")
    body = app("grace").get("/token/admin").json()
    assert body["user"]["username"] == "grace"
    assert body["users"] == ["ada", "grace", "mallory"]


def test_admin_trusts_the_role_in_the_token(server: Server, app: SignInApp) -> None:
    grace = app("grace")
    server.control("POST", "/users", username="grace", role="user")
    assert grace.get("/token/admin").status_code == 200, "the claim went stale; that is the lesson"
    assert grace.refresh().status_code == 200
    problem(grace.get("/token/admin"), 403, "forbidden")


@full_and_tiny
def test_email_changes_without_a_csrf_token(app: SignInApp, client: Client) -> None:
    ada = app()
    answer = ada.post("/token/email", json={"email": "ada@analytical.example"})
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "ada@analytical.example"
    assert ada.me().json()["user"]["email"] == "ada@analytical.example"
    problem(client.post("/token/email", json={"email": "eve@example.org"}), 401, "no_token")


@pytest.mark.parametrize("bad", ["x", "x.y", ".", "a" * 43 + "." + "b" * 43, "é.é", "a.b.c", "\u0000.\u0000"])
def test_an_invented_refresh_token_is_refused(client: Client, bad: str) -> None:
    problem(client.post("/token/refresh", json={"refresh_token": bad}), 400, "invalid_grant")


def test_the_current_password_is_asked_for(app: SignInApp) -> None:
    ada = app()
    answer = ada.post(
        "/token/password", json={"current": "not her password", "new": "a quite different engine"}
    )
    problem(answer, 401, "invalid_credentials")
    assert ada.refresh().status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"token": "unknown"},
        {"token": "a.b"},
        {"token": "access, cut off"},
        {"token": "refresh"},
        {"token": "refresh", "token_type_hint": "access_token"},
        {"token": "refresh", "token_type_hint": "no such type"},
    ],
    ids=str,
)
def test_revoking_takes_any_token_without_complaint(
    app: SignInApp, client: Client, form: dict[str, str]
) -> None:
    ada = app()
    hers = {"access, cut off": ada.credential[:-1], "refresh": ada.refresh_token}
    sent = form | {"token": hers.get(form["token"], form["token"])}
    assert client.post("/token/revoke", data=sent).status_code == 200
    assert ada.refresh().status_code == (400 if form["token"] == "refresh" else 200)


def test_revoking_wants_a_form_with_a_token(client: Client) -> None:
    problem(client.post("/token/revoke", json={"token": "x"}), 415, "unsupported_media_type")
    problem(client.post("/token/revoke", data={"nothing": "x"}), 400, "invalid_request")
