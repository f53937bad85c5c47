"""docs/security.md, rows T1 to T13 (T11 is in test_signed.py): what an access token must hold to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import select
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt import PyJWK

from labserver.formats.base64url import b64encode
from labserver.settings import PARTNER
from tests.conftest import Process, Server, StartServer
from tests.contract.clients import App, Client, present, problem, segment
from tests.contract.conftest import SignInApp
from tests.contract.services import Service
from tests.contract.workshop import MISSING, Workshop
from tests.process.processes import run
from tests.unit.issuer import Issuer, number, roca_modulus, sample

ALGORITHMS = ("HS256", "ES256", "EdDSA", "RS256")
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def options(algorithm: str) -> tuple[str, ...]:
    """Name the server of an algorithm the way the contract tests do, so that one process serves both."""
    return () if algorithm == "HS256" else ("--algorithm", algorithm)


@pytest.fixture
def workshop(servers: StartServer) -> Workshop:
    return Workshop(servers())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_T1_an_algorithm_is_its_key_s_and_never_the_token_s_choice(
    servers: StartServer, algorithm: str
) -> None:
    bench = Workshop(servers(*options(algorithm)))
    assert bench.header["alg"] == algorithm
    others = {"none", "None", "nOnE", "", "HS256", "HS384", "HS512", "ES256", "RS256", "PS256", "EdDSA"}
    for name in sorted(others - {algorithm}):
        bench.refused(bench.sign(header={"alg": name}))
        unsigned = f"{segment(bench.header | {'alg': name})}.{segment(bench.payload)}."
        bench.refused(unsigned)
    assert present(bench.server, bench.sign()).status_code == 200


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_T1_a_public_key_is_no_shared_secret(servers: StartServer, algorithm: str) -> None:
    bench = Workshop(servers(*options(algorithm)))
    with Client(bench.server) as anybody:
        (jwk,) = anybody.get("/.well-known/jwks.json").json()["keys"]
    public: Any = PyJWK(jwk).key
    secrets = [public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)]
    secrets += [secrets[0].strip(), public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)]
    secrets += [json.dumps(jwk).encode(), json.dumps(jwk, separators=(",", ":")).encode(), b""]
    for secret in secrets:
        signed = f"{segment(bench.header | {'alg': 'HS256'})}.{segment(bench.payload | {'role': 'admin'})}"
        mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
        bench.refused(f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


def test_T2_a_key_that_a_token_brings_or_names_is_refused_and_nothing_is_fetched(workshop: Workshop) -> None:
    secret = b"a key that the attacker knows well"
    own = {"kty": "oct", "alg": "HS256", "k": base64.urlsafe_b64encode(secret).decode().rstrip("=")}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
        for more in ({"jwk": own}, {"jku": address}, {"x5u": address}, {"x5c": ["MIIB"]}, {"x5t": "AA"}):
            for kid in (workshop.header["kid"], "none-of-yours", address):
                header = workshop.header | more | {"kid": kid}
                signed = f"{segment(header)}.{segment(workshop.payload)}"
                mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
                workshop.refused(f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")
                workshop.refused(workshop.sign(header=header))
        assert select.select([listener], [], [], 0)[0] == [], "nobody came to fetch a key"


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "iat", "exp", "jti"])
def test_T3_each_claim_is_there_and_of_its_json_type(workshop: Workshop, claim: str) -> None:
    right = workshop.payload[claim]
    wrong = [MISSING, None, True, False, [], {}, "", [right], {"value": right}, 1.5, float(1)]
    wrong += [str(right)] if isinstance(right, int) else [0, right + " ", right.upper(), right + "\u0000"]
    if claim in ("sub", "jti"):  # any text that is not empty will do for a jti; a sub names a user
        wrong = [value for value in wrong if not isinstance(value, str) or not value or claim == "sub"]
    for value in wrong:
        workshop.refused(workshop.sign(payload={claim: value}))


def test_T3_issuer_and_audience_are_exact(workshop: Workshop) -> None:
    wrong: dict[str, list[Any]] = {
        "iss": ["labserver/", "labserver.", "labserve", "https://labserver", "LABSERVER"],
        "aud": ["labserver", "labserver-api/", "labserver-ap", "*", ["labserver-api", "other"]],
    }
    for claim, values in wrong.items():
        for value in values:
            workshop.refused(workshop.sign(payload={claim: value}))


def test_T4_each_kind_of_token_serves_its_own_purpose(
    server: Server, app: SignInApp, workshop: Workshop
) -> None:
    for kind in ("JWT", "jwt", "rt+jwt", "AT+JWT", "application/at+jwt", "", None, MISSING):
        workshop.refused(workshop.sign(header={"typ": kind}))
    ada = app("ada")
    problem(present(server, ada.refresh_token), 401, "invalid_token")
    with Client(server) as anybody:
        answer = anybody.post("/token/refresh", json={"refresh_token": ada.credential})
        problem(answer, 400, "invalid_grant")
        problem(anybody.get("/session/me", headers={"Cookie": f"sid={ada.credential}"}), 401, "no_session")
    assert ada.me().status_code == 200
    assert ada.refresh().status_code == 200


def test_T5_a_token_has_one_spelling(workshop: Workshop) -> None:
    """A sample over HTTP; test_mutations.py tries them by the thousand."""
    token = workshop.sign()
    header, payload, signature = token.split(".")
    text = json.dumps(workshop.payload)
    spellings = [f"{token}=", f"{token}.", f"{header}.{payload}.{signature}{'=' * (-len(signature) % 4)}"]
    spellings += [f"{header}..{signature}", f".{payload}.{signature}", f"{header}.{payload}", "..", "."]
    spellings += [workshop.sign(payload=text[:-1] + ', "sub": "grace"}')]
    spellings += [workshop.sign(header={"crit": ["exp"], "exp": 1}), workshop.sign(header={"b64": False})]
    spellings += [workshop.sign(header={"zip": "DEF"}), workshop.sign(header={"cty": "JWT"})]
    for other in spellings:
        workshop.refused(other)


def test_T5_a_token_has_8_kib_at_most(workshop: Workshop) -> None:
    room = 8192 - len(workshop.sign(payload={"note": ""}))
    assert present(workshop.server, workshop.sign(payload={"note": "x" * (room * 3 // 4 - 3)})).ok
    workshop.refused(workshop.sign(payload={"note": "x" * (room * 3 // 4 + 3)}))


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_T6_a_weak_key_stops_the_start(tmp_path: Path, algorithm: str) -> None:
    home = tmp_path / "home"
    lab = Server("--home", str(home), "--algorithm", algorithm, log=tmp_path / "log")
    assert lab.stop() == 0
    with closing(apsw.Connection(str(home / "accounts.db"))) as database:
        secret: Any = database.execute("SELECT secret FROM keys").get
        if algorithm == "HS256":
            assert len(secret) >= 32
            weak = secret[:31]
        else:
            strong: Any = load_pem_private_key(secret, password=None)
            assert strong.key_size >= 2048
            weak = rsa.generate_private_key(65537, 1024).private_bytes(  # noqa: S505 - weak on purpose
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
        database.execute("UPDATE keys SET secret = ?", (weak,))
    command = ("serve", "--lab", "--home", str(home), "--algorithm", algorithm)
    late = run(*command, stdin=subprocess.DEVNULL)
    assert late.returncode == 2
    assert late.stdout == ""
    assert "or more" in late.stderr and late.stderr.count("\n") == 1
    assert weak.hex() not in late.stderr and str(weak) not in late.stderr


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_T7_the_key_set_shows_public_members_only(servers: StartServer, algorithm: str) -> None:
    server = servers(*options(algorithm))
    server.control("POST", "/keys/rotate")
    with Client(server) as anybody:
        keys = anybody.get("/.well-known/jwks.json").json()["keys"]
    assert len(keys) == (0 if algorithm == "HS256" else 2), "a shared secret never appears"
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert (key["alg"], key["use"]) == (algorithm, "sig")
        assert not PRIVATE_MEMBERS & key.keys()


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_T8_a_rotation_overlaps(servers: StartServer, algorithm: str) -> None:
    server = servers(*options(algorithm))
    with App(server) as ada:
        kids, tokens = [], []
        for _ in range(3):
            tokens.append(ada.login().json()["access_token"])
            kids.append(server.control("POST", "/keys/rotate")["kid"])
        newest = ada.login().json()["access_token"]
        header = json.loads(base64.urlsafe_b64decode(newest.split(".")[0] + "=="))
        assert header["kid"] == kids[-1], "the newest signs"
        for token in (*tokens, newest):
            assert present(server, token).status_code == 200
        # Found by name and never by position: another key's name on a good signature opens nothing.
        swapped = segment(header | {"kid": kids[0]}) + newest[newest.index(".") :]
        problem(present(server, swapped), 401, "invalid_token")
        server.control("POST", "/keys/retire")
        for token in tokens:
            problem(present(server, token), 401, "invalid_token")
        assert present(server, newest).status_code == 200


def test_T9_challenges_say_neither_too_little_nor_too_much(server: Server, app: SignInApp) -> None:
    with Client(server) as anybody:
        answer = anybody.get("/token/me")
        problem(answer, 401, "no_token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "error" not in answer.headers["WWW-Authenticate"]
    answer = present(server, "x.y.z")
    problem(answer, 401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    ada = app("ada")
    answer = present(server, ada.credential, "/token/admin")
    problem(answer, 403, "forbidden")
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    twice = ada.get(f"/token/me?access_token={ada.credential}")
    problem(twice, 400, "invalid_request")
    assert 'error="invalid_request"' in twice.headers["WWW-Authenticate"]


def test_T9_all_bad_tokens_get_the_same_bytes(server: Server, workshop: Workshop) -> None:
    """Which check failed first is nobody's business but the trace's."""
    header, payload, signature = workshop.sign().split(".")
    bad = ["x", "x.y.z", f"{header}.{payload}.", f"{header}.{payload}.{signature[:-4]}", "a" * 9000]
    bad += [workshop.sign(header={"typ": "JWT"}), workshop.sign(header={"kid": "unknown"})]
    bad += [workshop.sign(payload={"exp": 1}), workshop.sign(payload={"aud": "other"})]
    bad += [workshop.sign(payload={"sub": "nobody-here"}), workshop.sign(payload={"sub": MISSING})]
    answers = [present(server, token) for token in bad]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["WWW-Authenticate"] for answer in answers}) == 1


def test_T10_a_token_in_the_address_is_never_honoured(server: Server, app: SignInApp) -> None:
    token = app("ada").credential
    with Client(server) as anybody:
        for name in ("access_token", "token", "jwt", "Authorization", "bearer"):
            problem(anybody.get(f"/token/me?{name}={token}"), 401, "no_token")
            problem(anybody.get("/token/me", headers={"Cookie": f"{name}={token}"}), 401, "no_token")
            answer = anybody.post("/token/email", json={name: token, "email": "eve@example.org"})
            problem(answer, 401, "no_token")
        for form in ({"access_token": token}, {"access_token": token, "email": "eve@example.org"}):
            problem(anybody.post("/token/email", data=form), 401, "no_token")


def test_T12_bad_keys_are_refused_by_name(tmp_path: Path) -> None:
    good, rsa_key, edwards = sample("ES256"), sample("RS256"), sample("EdDSA")
    bad: dict[str, tuple[dict[str, Any], str]] = {
        **{
            f"shows-{name}": (rsa_key | {name: "AAAA"}, f"private half ({name})")
            for name in sorted(PRIVATE_MEMBERS)
        },
        "shared": ({"kty": "oct", "alg": "HS256", "use": "sig"}, "shared secret"),
        "neutral": (edwards | {"x": b64encode((1).to_bytes(32, "little"))}, "small order"),
        "roca": (rsa_key | {"n": number(roca_modulus())}, "ROCA"),
        "short": (rsa_key | {"n": number(2**1024 - 1)}, "1024 bits"),
        "exponent": (rsa_key | {"e": number(3)}, "exponent"),
    }
    issuer = Issuer()
    issuer.keys = [jwk | {"kid": kid} for kid, (jwk, _) in bad.items()]
    issuer.keys.append(good | {"kid": "good"})
    log = tmp_path / "log"
    service = Process("labserver", "service", "--exit-with-stdin", "--issuer", issuer.url, log=log)
    try:
        with requests.Session() as client:
            client.trust_env = False
            for kid, (jwk, _) in bad.items():
                # Under the neutral point this very signature is good: only refusing the key refuses it.
                signature = b64encode((1).to_bytes(32, "little") + bytes(32))
                header = segment({"alg": jwk["alg"], "kid": kid, "typ": "at+jwt"})
                token = f"{header}.{segment({'sub': 'ada'})}.{signature}"
                answer = client.get(
                    f"{service.ready['url']}/me", headers={"Authorization": f"Bearer {token}"}, timeout=30
                )
                problem(answer, 401, "invalid_token")
            known = client.get(f"{service.ready['url']}/keys", timeout=30).json()["keys"]
        assert known == [{"kid": "good", "alg": "ES256"}]
    finally:
        issuer.stop()
        assert service.stop() == 0
    lines = log.read_text().splitlines()
    for kid, (_, why) in bad.items():
        assert any(
            f"the key '{kid}' from {issuer.url} is refused: " in line and why in line for line in lines
        )


def test_T12_no_two_keys_have_one_name(tmp_path: Path) -> None:
    issuer = Issuer()
    issuer.keys = [sample("ES256"), sample("EdDSA")]
    log = tmp_path / "log"
    service = Process("labserver", "service", "--exit-with-stdin", "--issuer", issuer.url, log=log)
    try:
        with requests.Session() as client:
            client.trust_env = False
            header = segment({"alg": "ES256", "kid": "sample", "typ": "at+jwt"})
            authorization = {"Authorization": f"Bearer {header}.e30.AAAA"}
            answer = client.get(f"{service.ready['url']}/me", headers=authorization, timeout=30)
        problem(answer, 503, "keys_unknown")
    finally:
        issuer.stop()
        assert service.stop() == 0
    assert "two keys have the same name, 'sample'" in log.read_text()


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_T13_a_token_for_one_service_opens_no_other(
    servers: StartServer, tmp_path: Path, algorithm: str
) -> None:
    server = servers(*options(algorithm))
    partner = Service(server, tmp_path / "log")
    try:
        with App(server) as ada:
            ada.login("grace")
            assert ada.me().status_code == 200
            for path in ("/me", "/me?resource=labserver-api"):
                problem(partner.ask(ada.credential, path), 401, "invalid_token")
            ada.refresh(resource=PARTNER)
            assert ada.claims["aud"] == PARTNER
            assert partner.ask(ada.credential).json()["user"] == {"username": "grace", "role": "admin"}
            refused(server, ada.credential)
    finally:
        assert partner.stop() == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_T13_here_for_every_algorithm(servers: StartServer, algorithm: str) -> None:
    """With HS256 as well, where the other service would have to hold the secret."""
    server = servers(*options(algorithm))
    with App(server) as ada:
        ada.login("grace", resource=PARTNER)
        refused(server, ada.credential)
        problem(ada.login("grace", resource="https://unknown.example"), 400, "invalid_target")


def refused(server: Server, token: str) -> None:
    """Insist that no endpoint of the first server takes this token."""
    for path in ("/token/me", "/token/admin", "/token/families", "/grid/jwt/header/me"):
        problem(present(server, token, path), 401, "invalid_token")
    with Client(server) as anybody:
        cookie = {"Cookie": f"grid={token}"}
        problem(anybody.get("/grid/jwt/cookie/me", headers=cookie), 401, "no_session")
