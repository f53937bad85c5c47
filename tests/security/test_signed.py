"""docs/security.md, row T11: whatever is well signed, however absurd, is judged and never breaks the server.

Every token here has the server's own signature: what stands in it reaches arithmetic, SQL, headers and JSON.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from labserver.app import create_app, prepare
from labserver.auth.tokens.keys import SCHEMA, KeyRing
from labserver.formats.base64url import b64encode
from labserver.resource_server import jwks_client
from labserver.resource_server.app import create_resource_server
from labserver.resource_server.jwks_client import read_set
from labserver.resource_server.settings import ResourceServerSettings
from labserver.settings import PARTNER, Settings
from labserver.storage.clock import Clock
from labserver.storage.database import Database
from tests.conftest import Server, StartServer
from tests.contract.clients import Client, present, problem
from tests.contract.services import Service
from tests.contract.workshop import Workshop

STORES = {"sqlite": (), "redis": ("--store", "redis")}
ABSURD = (2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**30, 10**308, 10**309, 10**4000)
bounded = settings(
    max_examples=150,
    phases=[Phase.explicit, Phase.generate],  # a failure is shown as it is: making it small takes minutes
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("denylist", [False, True], ids=["plain", "denylist"])
def test_T11_a_life_beyond_the_maximum_is_refused(servers: StartServer, denylist: bool) -> None:
    bench = Workshop(servers(*(["--denylist"] if denylist else [])))
    issued = bench.payload["iat"]
    assert present(bench.server, bench.sign(payload={"exp": issued + 86_400})).status_code == 200
    for life in (86_401, *ABSURD):
        bench.refused(bench.sign(payload={"exp": issued + life}))
    for absurd in ABSURD:
        bench.refused(bench.sign(payload={"iat": -absurd}))


def test_T11_in_the_second_service_too(servers: StartServer, tmp_path: Path) -> None:
    bench = Workshop(servers("--algorithm", "ES256"))
    service = Service(bench.server, tmp_path / "log")
    try:
        bench.payload["aud"], issued = PARTNER, bench.payload["iat"]
        assert service.ask(bench.sign(payload={"exp": issued + 86_400})).status_code == 200
        for life in (86_401, *ABSURD):
            problem(service.ask(bench.sign(payload={"exp": issued + life})), 401, "invalid_token")
    finally:
        assert service.stop() == 0


ODD_TEXTS = (
    "\x00",
    "a\x00b",
    "*",
    "%",
    "' OR 1=1 --",
    "é\u202e\U0001f600\uffff",
    "{owner}",
    "\r\nX: y",
    "x" * 4000,
)
ODD_CLAIMS: list[dict[str, Any]] = [
    {},
    {"exp": 86_400},
    {"nbf": -(10**400)},
    *({name: text} for name in ("jti", "sub", "role") for text in ODD_TEXTS),
    *({"exp": 86_400, "jti": text} for text in ODD_TEXTS),
    {"sub": "ada", "exp": 10**309},
    {"exp": 2**63},
]


@pytest.mark.parametrize("store", STORES)
def test_T11_what_is_accepted_can_be_revoked(servers: StartServer, store: str) -> None:
    bench = Workshop(servers("--denylist", *STORES[store]))
    for claims in ODD_CLAIMS:
        life = {"exp": bench.payload["iat"] + claims["exp"]} if "exp" in claims else {}
        own = {"jti": f"number {ODD_CLAIMS.index(claims)}"}
        for end in (revoke, log_out):
            token = bench.sign(payload=own | claims | life | {"note": end.__name__})
            accepted = present(bench.server, token).status_code
            assert accepted in (200, 401), claims
            assert end(bench.server, token) in (200, 204, 401), claims
            assert present(bench.server, token).status_code == 401, claims
            own = {"jti": f"another {ODD_CLAIMS.index(claims)}"}


def revoke(server: Server, token: str) -> int:
    """Revoke a token as RFC 7009 says."""
    with Client(server) as anybody:
        return anybody.post("/token/revoke", data={"token": token}).status_code


def log_out(server: Server, token: str) -> int:
    """Log out where the token alone is the credential."""
    with Client(server) as anybody:
        return anybody.post(
            "/grid/jwt/header/logout", headers={"Authorization": f"Bearer {token}"}
        ).status_code


@dataclass
class Bench:
    """An application in this process, with the key that it signs with."""

    app: Flask
    key_home: Path
    algorithm: str
    denylist: bool
    audience: str = "labserver-api"

    @cached_property
    def client(self) -> FlaskClient:
        return self.app.test_client(use_cookies=False)

    @cached_property
    def ring(self) -> KeyRing:
        return KeyRing(Database(self.key_home / "accounts.db", SCHEMA), self.algorithm)

    def sign(self, header: dict[str, Any], claims: dict[str, Any], *, ascii_only: bool) -> str:
        """Sign an honest token of ada's with these changes, as no honest issuer would."""
        key, now = self.ring.newest, int(time.time())
        header = {"alg": key.alg, "kid": key.kid, "typ": "at+jwt"} | header
        honest = {"iss": "labserver", "aud": self.audience, "sub": "ada", "role": "admin", "jti": "a jti"}
        claims = honest | {"iat": now, "exp": now + 900} | claims
        signed = ".".join(
            b64encode(json.dumps(part, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))
            for part in (header, claims)
        )
        return f"{signed}.{b64encode(key.sign(signed.encode()))}"

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> int:
        """Send a request and give its status, which is never one of the server's mistakes."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.client.open(path, method=method, base_url="http://127.0.0.1", headers=headers, **more)
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.status_code


@pytest.fixture(
    scope="module",
    params=[("memory:", False, "HS256"), ("memory:", True, "HS256"), ("sqlite:", True, "EdDSA")],
    ids=["plain", "denylist in memory", "denylist in SQLite"],
)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    store, denylist, algorithm = request.param
    home = tmp_path_factory.mktemp("signed") / "home"
    chosen = Settings(home=home, store=store, denylist=denylist, algorithm=algorithm, lab_key="the key")
    prepare(chosen)
    return Bench(create_app(chosen), home, algorithm, denylist)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The second service, which has fetched the issuer's keys."""
    home = tmp_path_factory.mktemp("second")
    ring = KeyRing(Database(home / "accounts.db", SCHEMA), "ES256")

    def fetched(settings: ResourceServerSettings) -> Any:
        return read_set(ring.jwks()["keys"], settings.issuer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jwks_client, "fetch", fetched)
        yield Bench(
            create_resource_server(ResourceServerSettings("http://127.0.0.1:8000"), Clock()),
            home,
            "ES256",
            denylist=False,
            audience=PARTNER,
        )


now = st.deferred(lambda: st.just(int(time.time())))
numbers = (
    st.integers()
    | st.sampled_from([sign * one for one in ABSURD for sign in (1, -1)])
    | st.builds(int.__add__, now, st.integers(-90_000, 90_000) | st.sampled_from(ABSURD))
    | st.floats()
    | st.booleans()
)
texts = (
    st.text(max_size=40)
    | st.sampled_from(ODD_TEXTS)
    | st.text(st.characters(categories=["Cs", "Cc", "Co"]), max_size=9)
)
values = st.recursive(
    st.none() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
claims = st.fixed_dictionaries(
    {},
    optional={
        "exp": numbers | values,
        "iat": numbers | values,
        "nbf": numbers | values,
        "sub": texts | values,
        "jti": texts | values,
        "role": texts | values,
        "more": values,
    },
)
headers: st.SearchStrategy[dict[str, Any]] = (
    st.just({})
    | st.just({})
    | st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit"]) | texts, values, max_size=2)
)


@bounded
@example(header={}, changes={"exp": 10**309}, ascii_only=True, by_logout=False)
@example(header={}, changes={"exp": 2**63}, ascii_only=True, by_logout=False)
@example(header={}, changes={"exp": 2**63}, ascii_only=True, by_logout=True)
@given(header=headers, changes=claims, ascii_only=st.booleans(), by_logout=st.booleans())
def test_whatever_is_signed_is_judged(
    bench: Bench, header: dict[str, Any], changes: dict[str, Any], ascii_only: bool, by_logout: bool
) -> None:
    token = bench.sign(header, changes, ascii_only=ascii_only)
    accepted = bench.ask("GET", "/token/me", token) == 200
    for method, path in (
        ("GET", "/token/admin"),
        ("GET", "/token/families"),
        ("DELETE", "/token/families/none"),
        ("GET", "/grid/jwt/header/me"),
        ("POST", "/token/logout-all"),
    ):
        bench.ask(method, path, token)
    for path in ("/token/email", "/grid/jwt/header/email"):
        bench.ask("POST", path, token, json={"email": "ada@example.org"})
    bench.ask("POST", "/token/refresh", json={"refresh_token": token[:8192]})
    assert (bench.ask("GET", "/token/me", token) == 200) is accepted, "nothing so far has ended it"
    ended = (
        bench.ask("POST", "/grid/jwt/header/logout", token)
        if by_logout
        else bench.ask("POST", "/token/revoke", data={"token": token})
    )
    live = accepted and not by_logout and not bench.denylist
    assert ended == (400 if live else 204 if by_logout else 200) or not accepted
    assert (bench.ask("GET", "/token/me", token) == 200) is (accepted and not bench.denylist)


@bounded
@example(header={}, changes={"exp": 10**309}, ascii_only=True)
@given(header=headers, changes=claims, ascii_only=st.booleans())
def test_whatever_is_signed_is_judged_by_the_second_service(
    second: Bench, header: dict[str, Any], changes: dict[str, Any], ascii_only: bool
) -> None:
    assert second.ask("GET", "/me", second.sign(header, changes, ascii_only=ascii_only)) in (200, 401, 431)


def test_the_control_api_shows_what_was_signed(bench: Bench) -> None:
    """What odd tokens left in the store and in the traces is written as JSON like all else."""
    for text in ODD_TEXTS:
        token = bench.sign({}, {"sub": text, "jti": text}, ascii_only=False)
        bench.ask("GET", "/token/me", token)
        bench.ask("POST", "/token/revoke", data={"token": token})
        bench.ask("POST", "/grid/jwt/header/logout", token)
    for path in ("/lab/state",):
        answer = bench.client.get(path, base_url="http://127.0.0.1", headers={"X-Lab-Key": "the key"})
        assert answer.status_code == 200
        json.loads(answer.data, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
