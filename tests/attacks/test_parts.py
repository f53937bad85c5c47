"""The weak parts by themselves: weak in the one way they are meant to be."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from labserver.auth.refresh import RefreshFamilies
from labserver.auth.tokens.keys import SCHEMA, KeyRing
from labserver.auth.tokens.signer import Tokens
from labserver.auth.tokens.verifier import Access
from labserver.auth.users import SCHEMA as USERS
from labserver.auth.users import Users
from labserver.errors import InvalidGrant, InvalidToken
from labserver.kit.forgery import forge
from labserver.lab_mode.weaknesses import WEAKNESSES
from labserver.lab_mode.weaknesses.refresh import RefreshAsAccess, ReusableTokens
from labserver.lab_mode.weaknesses.sessions import CountedIds
from labserver.lab_mode.weaknesses.tokens import KeyByPath, KeyByToken
from labserver.storage.clock import Clock
from labserver.storage.database import Database
from labserver.storage.memory import MemoryStore

TIMES: dict[str, Any] = {"idle": 1800, "absolute": 43200, "last_used_interval": 60}
ACCESS = Access("ada", "user", "jti", 2e9)


def tokens(kind: type[Tokens], folder: Path) -> Tokens:
    """Make a checker of this kind with one HS256 key."""
    ring = KeyRing(Database(folder / "accounts.db", SCHEMA), "HS256")
    return kind(ring, Clock(), issuer="labserver", audience="labserver-api", lifetime=900)


def test_workers_that_count_each_for_itself_give_no_number_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    given = []
    for _ in range(2):  # each worker begins at the same number
        monkeypatch.setattr(CountedIds, "_numbers", itertools.count(1001))
        worker = CountedIds(store, Clock(), **TIMES)
        given += [worker.open(name) for name in ("ada", "grace")]
    assert given == ["1001", "1002", "1003", "1004"]


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        "key",
        {},
        {"kty": "oct", "k": ""},
        {"kty": "EC", "crv": "P-256"},
        ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True),
        RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key(), as_dict=True)
        | {"alg": "RS512"},
    ],
    ids=["null", "text", "empty", "no secret", "no point", "another curve", "another hash"],
)
def test_an_odd_jwk_is_refused_and_no_mistake(tmp_path: Path, jwk: object) -> None:
    token = forge.hmac_signed({"sub": "ada"}, {"typ": "at+jwt", "jwk": jwk}, b"secret")
    with pytest.raises(InvalidToken):
        tokens(KeyByToken, tmp_path).check(token)


@pytest.mark.parametrize("kid", ["/dev/zero", "..", "", "\0", "x" * 5000, None, 7, "/no/such/file"])
def test_an_odd_path_is_refused_and_no_mistake(tmp_path: Path, kid: object) -> None:
    token = forge.hmac_signed({"sub": "ada"}, {"typ": "at+jwt", "kid": kid}, b"")
    with pytest.raises(InvalidToken):
        tokens(KeyByPath, tmp_path).check(token)


def test_all_weak_checkers_take_what_the_server_signs(tmp_path: Path) -> None:
    for number, one in enumerate({weakness.tokens for weakness in WEAKNESSES.values()}):
        folder = tmp_path / str(number)
        folder.mkdir()
        checker = tokens(one, folder)
        assert checker.check(checker.sign("ada", "user")[0]).username == "ada"


def test_every_token_of_a_family_is_good_for_ever_and_no_other() -> None:
    families = ReusableTokens(MemoryStore(), Clock(), lifetime=1000, denylist=None)
    first = families.start(ACCESS)
    second = families.rotate(first, families.check(first), ACCESS)
    again = families.rotate(first, families.check(first), ACCESS)
    for token in (second, again, first, second):
        families.rotate(token, families.check(token), ACCESS)
    with pytest.raises(InvalidGrant):
        families.check(first.partition(".")[0] + ".made-up")


def test_a_family_ends_in_time_all_the_same() -> None:
    families = ReusableTokens(MemoryStore(), Clock(), lifetime=0, denylist=None)
    with pytest.raises(InvalidGrant, match="end"):
        families.check(families.start(ACCESS))


def test_a_refresh_token_fails_as_tokens_do(tmp_path: Path) -> None:
    families = RefreshFamilies(MemoryStore(), Clock(), lifetime=1000, denylist=None)
    users = Users(Database(tmp_path / "users.db", USERS), Clock())
    checker = RefreshAsAccess(users, tokens(Tokens, tmp_path), None, families)
    assert checker.check(families.start(ACCESS)).username == "ada"
    with pytest.raises(InvalidToken):
        checker.check("two.parts")
