"""Well-signed access tokens that are wrong in one way, made with the control API's signature."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.conftest import TINY, StartServer
from tests.contract.clients import present
from tests.contract.workshop import MISSING, Part, Workshop


@pytest.fixture(scope="module", params=["HS256", "ES256", "EdDSA", "RS256"])
def workshop(request: pytest.FixtureRequest, servers: StartServer) -> Workshop:
    """A workshop for each algorithm. Nothing here changes the server, so once per module will do."""
    options = {"HS256": (), "tiny": TINY}.get(request.param, ("--algorithm", request.param))
    return Workshop(servers(*options))


of_hs256 = pytest.mark.parametrize(
    "workshop", ["HS256"], indirect=True
)  # claims do not depend on the signature


def test_the_control_token_works(workshop: Workshop) -> None:
    answer = present(workshop.server, workshop.sign())
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
def test_one_thing_wrong_in_the_header(workshop: Workshop, change: Part) -> None:
    workshop.refused(workshop.sign(header=change))


@of_hs256
@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "iat", "exp", "jti"])
@pytest.mark.parametrize(
    "value", [MISSING, None, [], {}, True, ""], ids=["missing", "null", "list", "object", "true", "empty"]
)
def test_each_claim_is_there_and_of_its_type(workshop: Workshop, claim: str, value: object) -> None:
    workshop.refused(workshop.sign(payload={claim: value}))


@of_hs256
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
def test_one_claim_wrong(workshop: Workshop, claim: str, value: object) -> None:
    workshop.refused(workshop.sign(payload={claim: value}))


@pytest.mark.parametrize("workshop", ["tiny"], indirect=True)
@pytest.mark.parametrize(
    ("claim", "value"),
    [(claim, MISSING) for claim in ("iss", "sub", "aud", "iat", "exp", "jti")]
    + [("iss", "labserver2"), ("aud", "another-service"), ("aud", ["other"]), ("sub", 1)]
    + [("exp", 0), ("iat", 9999999999), ("nbf", 9999999999)],
    ids=str,
)
def test_tiny_looks_at_each_claim_too(workshop: Workshop, claim: str, value: object) -> None:
    assert present(workshop.server, workshop.sign()).status_code == 200
    workshop.refused(workshop.sign(payload={claim: value}))


@pytest.mark.parametrize("workshop", ["tiny"], indirect=True)
@pytest.mark.parametrize("alg", ["none", "None", "HS512", MISSING, None], ids=str)
def test_tiny_chooses_the_algorithm_too(workshop: Workshop, alg: object) -> None:
    workshop.refused(workshop.sign(header={"alg": alg}))


def test_a_token_without_a_role_opens_no_admin_page(workshop: Workshop) -> None:
    token = workshop.sign(payload={"role": MISSING})
    assert present(workshop.server, token, "/token/admin").status_code in (401, 403)


def test_a_date_beyond_all_bounds_does_no_harm(workshop: Workshop) -> None:
    assert present(workshop.server, workshop.sign(payload={"exp": 10**30})).status_code < 500


def test_a_token_has_one_spelling(workshop: Workshop) -> None:
    token = workshop.sign()
    header, payload, signature = token.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # The last character carries bits that belong to no byte: to a lenient reader the bytes stay the same.
    stray = signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]
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
        workshop.refused(other)
    assert present(workshop.server, token).status_code == 200


ODD_SPELLINGS: dict[str, Callable[[str], str]] = {
    "a member twice": lambda text: text.replace("{", '{"alg":"none","sub":"grace",', 1),
    "a comma too many": lambda text: text[:-1] + ",}",
    "a list": lambda text: f"[{text}]",
    "null": lambda text: "null",
    "nothing": lambda text: "",
    "a string": lambda text: '"text"',
    "a tail": lambda text: text + "x",
    "deep": lambda text: "[" * 2000 + "]" * 2000,
    "a lone surrogate": lambda text: text[:-1] + ',"\\ud800":1}',
}


@pytest.mark.parametrize("spell", ODD_SPELLINGS.values(), ids=ODD_SPELLINGS.keys())
def test_each_part_is_one_plain_object(workshop: Workshop, spell: Callable[[str], str]) -> None:
    workshop.refused(workshop.sign(header=spell(json.dumps(workshop.header))))
    workshop.refused(workshop.sign(payload=spell(json.dumps(workshop.payload))))


def test_a_token_of_more_than_8_kib_is_refused(workshop: Workshop) -> None:
    room = 8192 - len(workshop.sign(payload={"note": ""}))
    within, beyond = (
        workshop.sign(payload={"note": "x" * size}) for size in (room * 3 // 4 - 3, room * 3 // 4 + 3)
    )
    assert len(within) <= 8192 < len(beyond)
    assert present(workshop.server, within).status_code == 200
    workshop.refused(beyond)
