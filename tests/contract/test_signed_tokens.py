"""Well-signed access tokens that are wrong in one way, made with the lab desk's signature."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.conftest import Server
from tests.contract.clients import present, problem, segment, unsegment
from tests.contract.conftest import SignInApp

ALGORITHMS = ["HS256", "ES256", "EdDSA", "RS256"]
pytestmark = pytest.mark.parametrize(
    "server", [("--algorithm", name) for name in ALGORITHMS], indirect=True, ids=ALGORITHMS
)

Part = dict[str, Any]
MISSING = object()


@pytest.fixture
def parts(app: SignInApp) -> tuple[Part, Part]:
    """Header and claims of a good token, to be spoilt one at a time."""
    header, payload, _ = app().credential.split(".")
    return unsegment(header), unsegment(payload) | {"jti": uuid.uuid4().hex}


def sign(server: Server, header: object, payload: object) -> str:
    """Make a token of these two parts with the server's own signature."""
    first, second = segment(header), segment(payload)
    return f"{first}.{second}.{server.desk('POST', '/sign', header=first, payload=second)['signature']}"


def spoilt(part: Part, change: Part) -> Part:
    """Return a copy of a part with some members changed or taken out."""
    return {name: value for name, value in (part | change).items() if value is not MISSING}


def test_the_control_token_works(server: Server, parts: tuple[Part, Part]) -> None:
    answer = present(server, sign(server, *parts))
    assert answer.status_code == 200
    assert answer.json()["user"]["username"] == "ada"


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "HS512"},
        {"alg": MISSING},
        {"alg": None},
        {"alg": ["HS256"]},
        {"typ": "JWT"},
        {"typ": MISSING},
        {"typ": "rt+jwt"},
        {"typ": 1},
        {"kid": "no-such-key"},
        {"kid": MISSING},
        {"kid": "../../../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"kid": 0},
        {"kid": None},
        {"kid": ["a"]},
        {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"b64": False},
        {"zip": "DEF"},
    ],
    ids=str,
)
def test_one_thing_wrong_in_the_header(server: Server, parts: tuple[Part, Part], change: Part) -> None:
    header, payload = parts
    problem(present(server, sign(server, spoilt(header, change), payload)), 401, "invalid_token")


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "iat", "exp", "jti"])
@pytest.mark.parametrize(
    "value", [MISSING, None, [], {}, True, ""], ids=["missing", "null", "list", "object", "true", "empty"]
)
def test_each_claim_is_there_and_of_its_type(
    server: Server, parts: tuple[Part, Part], claim: str, value: object
) -> None:
    header, payload = parts
    problem(present(server, sign(server, header, spoilt(payload, {claim: value}))), 401, "invalid_token")


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "labserver2"),
        ("iss", ["labserver"]),
        ("iss", "LABSERVER"),
        ("aud", "labserver-api2"),
        ("aud", "labserver"),
        ("aud", ["labserver-api", "other"]),
        ("sub", 1),
        ("sub", "nobody-here"),
        ("role", 1),
        ("role", None),
        ("role", ["admin"]),
        ("exp", "9999999999"),
        ("exp", 9999999999.5),
        ("exp", 1e400),
        ("exp", float("nan")),
        ("exp", float("inf")),
        ("exp", 0),
        ("exp", -1),
        ("iat", "0"),
        ("iat", 9999999999),
        ("nbf", 9999999999),
        ("nbf", "0"),
        ("nbf", None),
    ],
)
def test_one_claim_wrong(server: Server, parts: tuple[Part, Part], claim: str, value: object) -> None:
    header, payload = parts
    problem(present(server, sign(server, header, payload | {claim: value})), 401, "invalid_token")


def test_a_token_without_a_role_opens_no_admin_page(server: Server, parts: tuple[Part, Part]) -> None:
    header, payload = parts
    token = sign(server, header, spoilt(payload, {"role": MISSING}))
    assert present(server, token, "/token/admin").status_code in (401, 403)


def test_a_date_beyond_all_bounds_does_no_harm(server: Server, parts: tuple[Part, Part]) -> None:
    header, payload = parts
    assert present(server, sign(server, header, payload | {"exp": 10**30})).status_code < 500


def test_a_token_has_one_spelling(server: Server, parts: tuple[Part, Part]) -> None:
    token = sign(server, *parts)
    header, payload, signature = token.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = (
        signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]
    )  # the same bytes, were it not for the last bit
    others = [
        f"{token}=",
        f"{header}=.{payload}.{signature}",
        f"{header}.{payload}=.{signature}",
        f"{header}.{payload}.{stray}",
        f"{header}.{payload}.{signature}.",
        f"{header}.{payload}.{signature}.{signature}",
        f"{header}.{payload}",
        f".{payload}.{signature}",
        f"{header}..{signature}",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature[:-4]}",
        f"{header}.{payload}.{signature}AAAA",
        f"{header}.{payload}.{signature.replace(signature[5], '+')}",
        f"{header}.{payload}.{signature.replace(signature[5], '~')}",
    ]
    for other in others:
        problem(present(server, other), 401, "invalid_token")
    assert present(server, token).status_code == 200


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: text.replace("{", '{"alg":"none",', 1),
        lambda text: text[:-1] + "," + text[1:],
        lambda text: f"[{text}]",
        lambda text: "null",
        lambda text: "",
        lambda text: '"text"',
        lambda text: text + "x",
        lambda text: "[" * 2000 + "]" * 2000,
        lambda text: text[:-1] + ',"\\ud800":1}',
    ],
    ids=["two algs", "all twice", "list", "null", "nothing", "text", "tail", "deep", "lone surrogate"],
)
@pytest.mark.parametrize("which", [0, 1], ids=["header", "payload"])
def test_a_part_that_is_not_one_plain_object(
    server: Server, parts: tuple[Part, Part], which: int, spell: Any
) -> None:
    texts = [json.dumps(part, separators=(",", ":")) for part in parts]
    texts[which] = spell(texts[which])
    if which == 1 and "none" in texts[1]:
        texts[1] = texts[1].replace('"alg":"none"', '"sub":"grace"')
    problem(present(server, sign(server, *texts)), 401, "invalid_token")


def test_a_token_of_more_than_8_kib_is_not_even_decoded(server: Server, parts: tuple[Part, Part]) -> None:
    header, payload = parts
    assert present(server, sign(server, header, payload | {"note": "x" * 1000})).status_code == 200
    problem(present(server, sign(server, header, payload | {"note": "x" * 7000})), 401, "invalid_token")
