"""The second service: what it takes, what it refuses, and that it needs the issuer only now and then."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization

from labserver.auth.tokens.jwks import read_jwk
from labserver.settings import PARTNER
from tests.conftest import Server, StartServer
from tests.contract.clients import App, problem, segment, unsegment
from tests.contract.services import Service

MAX_AGE, MIN_GAP = 300, 10


@pytest.fixture(scope="module", params=["ES256", "EdDSA", "RS256"])
def both(
    request: pytest.FixtureRequest, servers: StartServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Service]]:
    server = servers("--algorithm", request.param)
    service = Service(server, tmp_path_factory.mktemp("service") / "log")
    yield server, service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


one_algorithm = pytest.mark.parametrize("both", ["ES256"], indirect=True)


@pytest.fixture
def server(both: tuple[Server, Service]) -> Server:
    both[0].control("POST", "/clock", advance=MAX_AGE, hold=False)  # whatever the service knew, it is old
    return both[0]


@pytest.fixture
def service(both: tuple[Server, Service], server: Server) -> Service:
    return both[1]


def token_of(server: Server, name: str = "ada") -> str:
    with App(server) as app:
        return str(app.login(name, resource=PARTNER).json()["access_token"])


def test_a_token_is_enough_and_nobody_is_asked(server: Server, service: Service) -> None:
    for name, role in (("ada", "user"), ("grace", "admin")):
        answer = service.ask(token_of(server, name))
        assert answer.status_code == 200
        assert answer.json() == {"user": {"username": name, "role": role}}
    before, token = service.fetches(), token_of(server)
    assert {service.ask(token).status_code for _ in range(20)} == {200}
    assert service.fetches() == before


def test_a_token_that_is_wrong_in_one_way_is_refused(server: Server, service: Service) -> None:
    """The strict checks are the server's own; here it is seen that they are in place."""
    header, payload, signature = token_of(server).split(".")
    claims = unsegment(payload)

    def signed(**changes: Any) -> str:
        other = segment(claims | changes)
        made = server.control("POST", "/sign", header=header, payload=other)["signature"]
        return f"{header}.{other}.{made}"

    assert service.ask(signed()).status_code == 200
    wrong = [
        signed(aud="another-api"),
        signed(aud="labserver-api"),
        signed(aud=[PARTNER]),
        signed(iss="another-issuer"),
        signed(exp=claims["iat"]),
        signed(iat=claims["iat"] + 3600),
        signed(sub=""),
        f"{header}.{segment(claims | {'role': 'admin'})}.{signature}",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature}=",
        f"{segment(unsegment(header) | {'typ': 'JWT'})}.{payload}.{signature}",
        f"{segment(unsegment(header) | {'alg': 'none'})}.{payload}.",
    ]
    for token in wrong:
        problem(service.ask(token), 401, "invalid_token")


def test_a_public_key_is_no_shared_secret(server: Server, service: Service) -> None:
    """Algorithm confusion: HS256, with the published key as its secret, in every form it has."""
    header, payload, _ = token_of(server).split(".")
    jwk = requests.get(f"{server.url}/.well-known/jwks.json", timeout=30).json()["keys"][0]
    key = read_jwk(jwk)
    assert key
    encoding, form = serialization.Encoding, serialization.PublicFormat.SubjectPublicKeyInfo
    pem = key.verifying.public_bytes(encoding.PEM, form)
    forms = [pem, pem.strip(), key.verifying.public_bytes(encoding.DER, form), json.dumps(jwk).encode()]
    for alg in ("HS256", unsegment(header)["alg"]):
        for secret in forms:
            begun = f"{segment(unsegment(header) | {'alg': alg})}.{payload}"
            signature = base64.urlsafe_b64encode(hmac.digest(secret, begun.encode(), hashlib.sha256))
            problem(service.ask(f"{begun}.{signature.decode().rstrip('=')}"), 401, "invalid_token")


@one_algorithm
def test_the_challenges_are_those_of_a_bearer(server: Server, service: Service) -> None:
    nobody = service.ask()
    problem(nobody, 401, "no_token")
    assert nobody.headers["WWW-Authenticate"] == 'Bearer realm="labserver"'
    wrong = service.ask("x.y.z")
    assert wrong.headers["WWW-Authenticate"] == 'Bearer realm="labserver", error="invalid_token"'
    problem(service.ask("two tokens"), 400, "invalid_request")
    problem(service.ask(path=f"/me?access_token={token_of(server)}"), 401, "no_token")
    problem(service.ask(headers={"Cookie": f"grid={token_of(server)}"}), 401, "no_token")


@one_algorithm
def test_what_is_not_meant_for_it_is_refused(service: Service) -> None:
    problem(service.ask(headers={"Host": "evil.example"}), 400, "invalid_host")
    problem(service.ask(path="/" + "x" * 3000), 414, "url_too_long")
    problem(service.ask(headers={"X-Much": "x" * 17_000}), 431, "headers_too_large")
    problem(service.ask(path="/session/me"), 404, "not_found")
    problem(service.ask(path="/lab/state"), 404, "not_found")
    assert service.ask(method="POST", data=b"x").headers["Allow"].split(", ")
    problem(service.ask(method="POST", data=b"x"), 405, "method_not_allowed")


@one_algorithm
def test_a_rotation_is_picked_up_by_the_first_token_of_the_new_key(server: Server, service: Service) -> None:
    old = token_of(server)
    assert service.ask(old).status_code == 200
    server.hold()
    before = service.fetches()
    kid = server.control("POST", "/keys/rotate")["kid"]
    server.advance(MIN_GAP)
    new = token_of(server)
    assert service.ask(new).status_code == service.ask(old).status_code == 200
    assert service.fetches() == before + 1
    assert kid in [key["kid"] for key in service.ask(path="/keys").json()["keys"]]


@one_algorithm
def test_a_retired_key_ends_when_the_copy_is_old(server: Server, service: Service) -> None:
    old = token_of(server)
    server.hold()
    assert service.ask(old).status_code == 200
    server.control("POST", "/keys/rotate")
    server.control("POST", "/keys/retire")
    server.advance(MAX_AGE - 1)
    assert service.ask(old).status_code == 200, "the price of not asking"
    server.advance(1)
    problem(service.ask(old), 401, "invalid_token")


@one_algorithm
def test_invented_names_cost_one_fetch(server: Server, service: Service) -> None:
    header, payload, signature = token_of(server).split(".")
    server.hold()
    service.ask(token_of(server))
    before = service.fetches()
    server.advance(MIN_GAP)
    for number in range(30):
        invented = segment(unsegment(header) | {"kid": f"invented-{number}"})
        problem(service.ask(f"{invented}.{payload}.{signature}"), 401, "invalid_token")
    assert service.fetches() == before + 1


def test_an_issuer_on_tls(servers: StartServer, tmp_path: Path) -> None:
    server = servers("--tls", "--algorithm", "ES256")
    service = Service(server, tmp_path / "log")
    try:
        assert service.ask(token_of(server)).status_code == 200
    finally:
        service.stop()
