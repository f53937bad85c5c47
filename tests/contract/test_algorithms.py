"""What depends on how tokens are signed, for every algorithm."""

from __future__ import annotations

import jwt
import pytest

from tests.conftest import TINY, Server, TinyServer
from tests.contract.clients import App, Client, present, problem, unsegment
from tests.contract.conftest import SignInApp

ACCESS, LEEWAY = 15 * 60, 60  # seconds; no leeway at all is allowed, too

SERVERS = {"HS256": (), **{name: ("--algorithm", name) for name in ("ES256", "EdDSA", "RS256")}}
each_algorithm = pytest.mark.parametrize("server", SERVERS.values(), indirect=True, ids=SERVERS)
each_algorithm_and_tiny = pytest.mark.parametrize(
    "server", [*SERVERS.values(), TINY], indirect=True, ids=[*SERVERS, "tiny"]
)


@each_algorithm_and_tiny
def test_login_answers_a_pair(server: Server) -> None:
    with App(server) as ada:
        body = ada.login().json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == ACCESS
    if isinstance(server, TinyServer):
        assert set(body) == {"access_token", "token_type", "expires_in"}, "there is nothing to refresh with"
        return
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert "." in body["refresh_token"]


@each_algorithm
def test_the_access_token_says_who_for_whom_and_until_when(
    server: Server, app: SignInApp, request: pytest.FixtureRequest
) -> None:
    header, payload, _ = app().credential.split(".")
    assert "=" not in header + payload
    algorithm = unsegment(header)["alg"]
    assert algorithm in request.node.name
    assert unsegment(header) == {"alg": algorithm, "kid": unsegment(header)["kid"], "typ": "at+jwt"}
    claims = unsegment(payload)
    assert set(claims) == {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "role"}
    assert (claims["iss"], claims["sub"], claims["aud"], claims["role"]) == (
        "labserver",
        "ada",
        "labserver-api",
        "user",
    )
    assert claims["exp"] - claims["iat"] == ACCESS


@each_algorithm_and_tiny
def test_a_bad_token_gets_no_further_reason(server: Server, app: SignInApp) -> None:
    good = app().credential
    head, payload, signature = good.split(".")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    bodies = set()
    bad_ones = ["x", "a.b.c", f"{head}.{payload}.", f"{head}.{payload}.{flipped}", good[:-8]]
    if not isinstance(server, TinyServer):  # PyJWT reads padding, too; one spelling is auth/tokens' own rule
        bad_ones.append(good + "=")
    for bad in bad_ones:
        answer = present(server, bad)
        problem(answer, 401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        bodies.add(answer.content)
    assert len(bodies) == 1, "which check failed is nobody's business"


@each_algorithm_and_tiny
def test_the_access_token_expires(server: Server, app: SignInApp) -> None:
    server.hold()
    ada = app()
    server.advance(ACCESS - 1)
    answer = ada.me()
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 1)
    server.advance(1 + LEEWAY)
    problem(ada.me(), 401, "invalid_token")


@each_algorithm
def test_access_and_refresh_tokens_are_not_mixed_up(server: Server, app: SignInApp, client: Client) -> None:
    ada = app()
    problem(client.post("/token/refresh", json={"refresh_token": ada.credential}), 400, "invalid_grant")
    problem(present(server, ada.refresh_token), 401, "invalid_token")


@each_algorithm
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


@each_algorithm
def test_keys_rotate_with_an_overlap(server: Server, app: SignInApp, client: Client) -> None:
    ada = app()
    old = ada.credential
    old_kid = jwt.get_unverified_header(old)["kid"]
    new_kid = server.control("POST", "/keys/rotate")["kid"]
    assert new_kid != old_kid
    assert present(server, old).status_code == 200, "the old key still verifies"
    ada.refresh()
    assert jwt.get_unverified_header(ada.credential)["kid"] == new_kid
    published = {key["kid"] for key in client.get("/.well-known/jwks.json").json()["keys"]}
    assert published in (set(), {old_kid, new_kid} | published)
    assert server.control("POST", "/keys/retire") == {"kid": new_kid}
    problem(present(server, old), 401, "invalid_token")
    assert ada.me().status_code == 200
    assert len(client.get("/.well-known/jwks.json").json()["keys"]) <= 1
