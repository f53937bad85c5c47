"""Access tokens: what is signed, what PyJWT makes of it, and a table of malformed ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from labserver.auth.tokens.algorithms import ALGORITHMS
from labserver.auth.tokens.keys import SCHEMA, KeyRing
from labserver.auth.tokens.signer import Tokens
from labserver.auth.tokens.verifier import MAX_LIFE
from labserver.errors import InvalidToken
from labserver.formats.base64url import b64decode, b64encode
from labserver.storage.database import Database
from tests.unit.conftest import StoppedClock

LIFETIME, LEEWAY = 900, 60


@pytest.fixture(params=["HS256"])
def ring(request: pytest.FixtureRequest, tmp_path: Path) -> KeyRing:
    return KeyRing(Database(tmp_path / "accounts.db", SCHEMA), request.param)


@pytest.fixture
def tokens(ring: KeyRing, clock: StoppedClock) -> Tokens:
    return Tokens(ring, clock, issuer="us", audience="our-api", lifetime=LIFETIME)


def spell(fields: object) -> str:
    """Spell one part of a token."""
    return b64encode(json.dumps(fields, separators=(",", ":")).encode())


def resign(ring: KeyRing, header: str, payload: str) -> str:
    """Put the ring's own signature under two segments."""
    return f"{header}.{payload}.{b64encode(ring.newest.sign(f'{header}.{payload}'.encode()))}"


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, payload, _ = token.split(".")
    return json.loads(b64decode(header)), json.loads(b64decode(payload))


@pytest.mark.parametrize("ring", ALGORITHMS, indirect=True)
def test_what_is_signed_is_what_is_read(tokens: Tokens, clock: StoppedClock) -> None:
    token, access = tokens.sign("ada", "admin")
    assert tokens.check(token) == access
    assert (access.username, access.role, access.expires) == ("ada", "admin", clock.time + LIFETIME)
    assert tokens.sign("ada", "admin")[1].jti != access.jti


@pytest.mark.parametrize("ring", ALGORITHMS, indirect=True)
def test_pyjwt_reads_it_too(tokens: Tokens, ring: KeyRing) -> None:
    token, access = tokens.sign("ada", "user")
    key = ring.newest
    claims = jwt.decode(
        token,
        key.verifying,
        algorithms=[key.alg],
        issuer="us",
        audience="our-api",
        options={
            "require": ["exp", "iat", "iss", "aud", "sub", "jti"],
            "verify_exp": False,
            "verify_iat": False,
        },
    )
    assert (claims["sub"], claims["jti"]) == ("ada", access.jti)


@pytest.mark.parametrize("ring", ALGORITHMS, indirect=True)
def test_one_changed_byte_anywhere_is_noticed(tokens: Tokens) -> None:
    token, _ = tokens.sign("ada", "user")
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(InvalidToken):
            tokens.check(token[:place] + other + token[place + 1 :])


def test_the_very_second_of_the_end(tokens: Tokens, clock: StoppedClock) -> None:
    token, _ = tokens.sign("ada", "user")
    clock.time += LIFETIME - 1
    tokens.check(token)
    clock.time += 1
    with pytest.raises(InvalidToken, match="expired"):
        tokens.check(token)


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_from_the_future_waits(
    tokens: Tokens, ring: KeyRing, clock: StoppedClock, claim: str
) -> None:
    header, payload = parts(tokens.sign("ada", "user")[0])
    now = int(clock.time)
    tokens.check(resign(ring, spell(header), spell(payload | {claim: now + LEEWAY})))
    with pytest.raises(InvalidToken, match="future"):
        tokens.check(resign(ring, spell(header), spell(payload | {claim: now + LEEWAY + 1})))


@pytest.mark.parametrize(
    "absurd", [MAX_LIFE + 1, 2**63, 10**309, 10**4000], ids=["1 s more", "2^63", "10^309", "10^4000"]
)
def test_a_long_life_is_not_promised(tokens: Tokens, ring: KeyRing, clock: StoppedClock, absurd: int) -> None:
    header, payload = parts(tokens.sign("ada", "user")[0])
    now = int(clock.time)
    tokens.check(resign(ring, spell(header), spell(payload | {"exp": now + MAX_LIFE})))
    with pytest.raises(InvalidToken, match="longer life"):
        tokens.check(resign(ring, spell(header), spell(payload | {"exp": now + absurd})))
    with pytest.raises(InvalidToken, match="longer life"):
        tokens.check(resign(ring, spell(header), spell(payload | {"iat": now - absurd})))


@pytest.mark.parametrize("claim", ["sub", "jti"])
def test_a_token_for_nobody_is_refused(tokens: Tokens, ring: KeyRing, claim: str) -> None:
    header, payload = parts(tokens.sign("ada", "user")[0])
    with pytest.raises(InvalidToken, match=claim):
        tokens.check(resign(ring, spell(header), spell(payload | {claim: ""})))


def test_a_retired_key_signs_for_nobody(tokens: Tokens, ring: KeyRing) -> None:
    token, _ = tokens.sign("ada", "user")
    tokens.check(token)
    ring.rotate()
    tokens.check(token)
    ring.retire()
    with pytest.raises(InvalidToken, match="kid"):
        tokens.check(token)


@pytest.mark.parametrize(("issuer", "audience"), [("them", "our-api"), ("us", "their-api")])
def test_another_server_s_token_is_not_ours(
    tokens: Tokens, ring: KeyRing, clock: StoppedClock, issuer: str, audience: str
) -> None:
    other = Tokens(ring, clock, lifetime=LIFETIME, issuer=issuer, audience=audience)
    token, _ = other.sign("ada", "user")
    with pytest.raises(InvalidToken, match=r"issuer|audience"):
        tokens.check(token)


def test_a_key_of_one_algorithm_is_not_used_for_another(tmp_path: Path, clock: StoppedClock) -> None:
    ring = KeyRing(Database(tmp_path / "accounts.db", SCHEMA), "RS256")
    tokens = Tokens(ring, clock, issuer="us", audience="our-api", lifetime=LIFETIME)
    header, payload = parts(tokens.sign("ada", "user")[0])
    public = ring.newest.verifying.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{spell(header | {'alg': 'HS256'})}.{spell(payload)}"
    signature = ALGORITHMS["HS256"].sign(signed.encode(), public)
    with pytest.raises(InvalidToken, match="alg"):
        tokens.check(f"{signed}.{b64encode(signature)}")


MALFORMED: dict[str, Callable[[str, str, str], str]] = {
    "nothing": lambda h, p, s: "",
    "dots": lambda h, p, s: "..",
    "one part": lambda h, p, s: h,
    "two parts": lambda h, p, s: f"{h}.{p}",
    "four parts": lambda h, p, s: f"{h}.{p}.{s}.{s}",
    "five parts": lambda h, p, s: f"{h}.{p}.{s}.{s}.{s}",
    "no header": lambda h, p, s: f".{p}.{s}",
    "no payload": lambda h, p, s: f"{h}..{s}",
    "no signature": lambda h, p, s: f"{h}.{p}.",
    "padded header": lambda h, p, s: f"{h}{'=' * (-len(h) % 4 or 4)}.{p}.{s}",
    "padded signature": lambda h, p, s: f"{h}.{p}.{s}=",
    "space in front": lambda h, p, s: f" {h}.{p}.{s}",
    "newline behind": lambda h, p, s: f"{h}.{p}.{s}\n",
    "newline within": lambda h, p, s: f"{h}.{p}.{s[:9]}\n{s[9:]}",
    "standard alphabet": lambda h, p, s: f"{h}.{p}.{s[:-2]}+/",
    "not ASCII": lambda h, p, s: f"{h}.{p}.{s[:-1]}é",
    "a lone surrogate": lambda h, p, s: f"{h}.{p}.{s[:-1]}\udc80",
    "cut off": lambda h, p, s: f"{h}.{p}.{s[:-5]}",
    "stray bits": lambda h, p, s: f"{h}.{p}.{s[:-1]}{chr(ord(s[-1]) ^ 1)}",
    "header that is not JSON": lambda h, p, s: f"{b64encode(b'{')}.{p}.{s}",
    "header that is not UTF-8": lambda h, p, s: f"{b64encode(bytes([255]))}.{p}.{s}",
    "header that is a list": lambda h, p, s: f"{spell([])}.{p}.{s}",
    "header that is empty": lambda h, p, s: f"{spell({})}.{p}.{s}",
    "endless": lambda h, p, s: f"{h}.{p * 100}.{s}",
    "bottomless": lambda h, p, s: f"{b64encode(b'[' * 6000)}.{p}.{s}",
}


@pytest.mark.parametrize("malform", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_token_is_refused(tokens: Tokens, malform: Callable[[str, str, str], str]) -> None:
    header, payload, signature = tokens.sign("ada", "user")[0].split(".")
    for _ in range(2):  # also once the good header is known
        with pytest.raises(InvalidToken):
            tokens.check(malform(header, payload, signature))
        tokens.check(f"{header}.{payload}.{signature}")


@pytest.mark.parametrize(
    "more", [{"jwk": {}}, {"crit": []}, {"b64": True}, {"cty": "JWT"}, {"unknown": 1}, {"x5t": "a"}], ids=str
)
def test_a_header_that_says_more_is_refused(tokens: Tokens, ring: KeyRing, more: dict[str, object]) -> None:
    header, payload = parts(tokens.sign("ada", "user")[0])
    with pytest.raises(InvalidToken, match="exactly"):
        tokens.check(resign(ring, spell(header | more), spell(payload)))


@pytest.mark.parametrize(
    ("in_header", "in_payload"),
    [(', "alg": "HS256"', ""), ("", ', "sub": "grace"'), ("", ', "\\u0073ub": "grace"')],
)
def test_no_member_stands_twice(tokens: Tokens, ring: KeyRing, in_header: str, in_payload: str) -> None:
    header, payload = (json.dumps(part)[:-1] for part in parts(tokens.sign("ada", "user")[0]))
    first, second = header + in_header + "}", payload + in_payload + "}"
    with pytest.raises(InvalidToken, match="twice"):
        tokens.check(resign(ring, b64encode(first.encode()), b64encode(second.encode())))


def test_many_headers_do_not_fill_the_memory(tokens: Tokens, ring: KeyRing) -> None:
    header, payload = parts(tokens.sign("ada", "user")[0])
    for spaces in range(300):
        text = json.dumps(header) + " " * spaces
        tokens.check(resign(ring, b64encode(text.encode()), spell(payload)))
    assert len(tokens._headers) <= 110
