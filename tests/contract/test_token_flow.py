"""The token flow, row by row, for every algorithm."""

from __future__ import annotations

import jwt
import pytest

from tests.conftest import Server
from tests.contract.clients import App, Client, present, problem, unsegment
from tests.contract.conftest import SignIn, SignInApp

ACCESS, REFRESH = 15 * 60, 14 * 86400
LEEWAY = 60  # seconds, at most
SOON = 5  # seconds that a slow machine may take between two requests

ALGORITHMS = ["HS256", "ES256", "EdDSA", "RS256"]
pytestmark = pytest.mark.parametrize(
    "server", [("--algorithm", name) for name in ALGORITHMS], indirect=True, ids=ALGORITHMS
)


def test_login_answers_a_pair(server: Server) -> None:
    with App(server) as ada:
        body = ada.login().json()
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == ACCESS
    assert "." in body["refresh_token"]


def test_the_access_token_says_who_for_whom_and_until_when(
    server: Server, app: SignInApp, request: pytest.FixtureRequest
) -> None:
    header, payload, _ = app().credential.split(".")
    assert "=" not in header + payload
    algorithm = unsegment(header)["alg"]
    assert algorithm in request.node.name
    assert unsegment(header) == {"alg": algorithm, "kid": unsegment(header)["kid"], "typ": "at+jwt"}
    claims = unsegment(payload)
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "role"}
    assert (claims["iss"], claims["sub"], claims["aud"], claims["role"]) == (
        "labserver",
        "ada",
        "labserver-api",
        "user",
    )
    assert claims["exp"] - claims["iat"] == ACCESS


def test_wrong_password_and_unknown_user_answer_the_same_bytes(client: Client) -> None:
    wrong = client.post("/token/login", json={"username": "ada", "password": "not her password"})
    unknown = client.post("/token/login", json={"username": "nobody-here", "password": "not her password"})
    problem(wrong, 401, "invalid_credentials")
    assert unknown.content == wrong.content


def test_me_answers_the_same_user_as_the_session_flow(app: SignInApp, browser: SignIn) -> None:
    body = app().me().json()
    assert body["user"] == browser().me().json()["user"]
    assert ACCESS - SOON <= body["expires_in"] <= ACCESS


def test_without_a_token_the_challenge_names_no_error(client: Client) -> None:
    for headers in ({}, {"Authorization": "Basic YWRhOmFkYQ=="}):
        answer = client.get("/token/me", headers=headers)
        problem(answer, 401, "no_token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "error" not in answer.headers["WWW-Authenticate"]


def test_a_bad_token_is_told_so_and_no_more(server: Server, app: SignInApp) -> None:
    good = app().credential
    head, payload, signature = good.split(".")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    bodies = set()
    for bad in ("x", "a.b.c", f"{head}.{payload}.", f"{head}.{payload}.{flipped}", good[:-8], good + "="):
        answer = present(server, bad)
        problem(answer, 401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        bodies.add(answer.content)
    assert len(bodies) == 1, "which check failed is nobody's business"


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
    server.desk("POST", "/users", username="grace", role="user")
    assert grace.get("/token/admin").status_code == 200, "the claim went stale; that is the lesson"
    assert grace.refresh().status_code == 200
    problem(grace.get("/token/admin"), 403, "forbidden")


def test_email_changes_without_a_csrf_token(app: SignInApp, client: Client) -> None:
    ada = app()
    answer = ada.post("/token/email", json={"email": "ada@analytical.example"})
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "ada@analytical.example"
    assert ada.me().json()["user"]["email"] == "ada@analytical.example"
    problem(client.post("/token/email", json={"email": "eve@example.org"}), 401, "no_token")


def test_the_access_token_expires(server: Server, app: SignInApp) -> None:
    ada = app()
    server.advance(ACCESS - SOON)
    assert ada.me().status_code == 200
    server.advance(LEEWAY + SOON)
    problem(ada.me(), 401, "invalid_token")


def test_refresh_answers_a_new_pair(server: Server, app: SignInApp) -> None:
    ada = app()
    access, refresh_token = ada.credential, ada.refresh_token
    body = ada.refresh().json()
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert body["access_token"] != access
    assert body["refresh_token"] != refresh_token
    assert ada.me().status_code == 200
    assert present(server, access).status_code == 200, "the old access token lives on until it expires"


def test_a_refresh_token_used_twice_ends_its_family(app: SignInApp, client: Client) -> None:
    ada, elsewhere = app(), app()
    used = ada.refresh_token
    assert ada.refresh().status_code == 200
    again = client.post("/token/refresh", json={"refresh_token": used})
    problem(again, 400, "invalid_grant")
    assert again.json()["error"] == "invalid_grant"
    problem(ada.refresh(), 400, "invalid_grant")
    assert elsewhere.refresh().status_code == 200, "another login is another family"


def test_a_family_has_an_absolute_end(server: Server, app: SignInApp) -> None:
    ada = app()
    for _ in range(2):
        server.advance(REFRESH // 2 - SOON)
        assert ada.refresh().status_code == 200
    server.advance(2 * SOON)
    problem(ada.refresh(), 400, "invalid_grant")


@pytest.mark.parametrize("bad", ["x", "x.y", ".", "a" * 43 + "." + "b" * 43, "é.é", "a.b.c", "\u0000.\u0000"])
def test_an_invented_refresh_token_is_refused(client: Client, bad: str) -> None:
    problem(client.post("/token/refresh", json={"refresh_token": bad}), 400, "invalid_grant")


def test_guessing_the_secret_of_a_family_gets_nothing(app: SignInApp, client: Client) -> None:
    family, secret = app().refresh_token.split(".")
    for bad in (f"{family}.{'A' * len(secret)}", f"{family}.", family, f"{family}.{secret}="):
        problem(client.post("/token/refresh", json={"refresh_token": bad}), 400, "invalid_grant")


def test_access_and_refresh_tokens_are_not_mixed_up(server: Server, app: SignInApp, client: Client) -> None:
    ada = app()
    problem(client.post("/token/refresh", json={"refresh_token": ada.credential}), 400, "invalid_grant")
    problem(present(server, ada.refresh_token), 401, "invalid_token")


def test_a_disabled_user_gets_no_new_pair(server: Server, app: SignInApp) -> None:
    ada = app()
    server.desk("POST", "/users", username="ada", disabled=True)
    problem(ada.refresh(), 400, "invalid_grant")


def test_logout_ends_the_family_and_not_the_access_token(server: Server, app: SignInApp) -> None:
    ada, elsewhere = app(), app()
    assert ada.post("/token/logout", json={"refresh_token": ada.refresh_token}).status_code == 204
    assert present(server, ada.credential).status_code == 200, "that is the lesson"
    problem(ada.refresh(), 400, "invalid_grant")
    assert elsewhere.refresh().status_code == 200


def test_logout_takes_a_live_refresh_token_only(app: SignInApp, client: Client) -> None:
    problem(client.post("/token/logout", json={"refresh_token": "x.y"}), 400, "invalid_grant")
    ada = app()
    used = ada.refresh_token
    ada.refresh()
    problem(client.post("/token/logout", json={"refresh_token": used}), 400, "invalid_grant")
    problem(ada.refresh(), 400, "invalid_grant")


def test_logout_all_ends_every_family_of_this_user(app: SignInApp) -> None:
    here, there, grace = app("ada"), app("ada"), app("grace")
    assert here.post("/token/logout-all").status_code == 204
    problem(here.refresh(), 400, "invalid_grant")
    problem(there.refresh(), 400, "invalid_grant")
    assert grace.refresh().status_code == 200


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


def test_a_new_password_means_a_new_pair_and_ends_the_others(server: Server, app: SignInApp) -> None:
    ada, elsewhere = app(), app()
    old, new = ada.refresh_token, "a quite different engine"
    answer = ada.remember(ada.post("/token/password", json={"current": server.password("ada"), "new": new}))
    assert answer.status_code == 200
    assert ada.me().status_code == 200
    problem(elsewhere.refresh(), 400, "invalid_grant")
    problem(App(server).post("/token/refresh", json={"refresh_token": old}), 400, "invalid_grant")
    assert ada.refresh().status_code == 200
    with App(server) as again:
        problem(again.login("ada"), 401, "invalid_credentials")
        assert again.login("ada", new).status_code == 200


def test_the_current_password_is_asked_for(app: SignInApp) -> None:
    ada = app()
    answer = ada.post(
        "/token/password", json={"current": "not her password", "new": "a quite different engine"}
    )
    assert answer.status_code in (401, 403)
    assert ada.refresh().status_code == 200


def test_revoking_a_refresh_token_ends_its_family(app: SignInApp, client: Client) -> None:
    ada = app()
    assert client.post("/token/revoke", data={"token": ada.refresh_token}).status_code == 200
    problem(ada.refresh(), 400, "invalid_grant")


def test_revoking_takes_any_token_without_complaint(app: SignInApp, client: Client) -> None:
    token = app().credential
    for form in (
        {"token": "unknown"},
        {"token": "a.b"},
        {"token": token[:-1]},
        {"token": token, "token_type_hint": "access_token"},
        {"token": token, "token_type_hint": "no such type"},
    ):
        assert client.post("/token/revoke", data=form).status_code == 200


def test_revoking_wants_a_form_with_a_token(client: Client) -> None:
    problem(client.post("/token/revoke", json={"token": "x"}), 415, "unsupported_media_type")
    problem(client.post("/token/revoke", data={"nothing": "x"}), 400, "invalid_request")


def test_the_published_keys_verify_the_token(server: Server, app: SignInApp, client: Client) -> None:
    token = app().credential
    keys = client.get("/.well-known/jwks.json").json()["keys"]
    header = jwt.get_unverified_header(token)
    if header["alg"] == "HS256":
        assert keys == [], "a symmetric key is never published"
        return
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert key["use"] == "sig"
        assert key["alg"] == header["alg"]
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key), "public members only"
    (own,) = (key for key in keys if key["kid"] == header["kid"])
    claims = jwt.decode(
        token, jwt.PyJWK(own), algorithms=[header["alg"]], audience="labserver-api", issuer="labserver"
    )
    assert claims["sub"] == "ada"


def test_keys_rotate_with_an_overlap(server: Server, app: SignInApp, client: Client) -> None:
    ada = app()
    old = ada.credential
    old_kid = jwt.get_unverified_header(old)["kid"]
    new_kid = server.desk("POST", "/keys/rotate")["kid"]
    assert new_kid != old_kid
    assert present(server, old).status_code == 200, "the old key still verifies"
    ada.refresh()
    assert jwt.get_unverified_header(ada.credential)["kid"] == new_kid
    published = {key["kid"] for key in client.get("/.well-known/jwks.json").json()["keys"]}
    assert published in (set(), {old_kid, new_kid} | published)
    assert server.desk("POST", "/keys/retire") == {"kid": new_kid}
    problem(present(server, old), 401, "invalid_token")
    assert ada.me().status_code == 200
    assert len(client.get("/.well-known/jwks.json").json()["keys"]) <= 1
