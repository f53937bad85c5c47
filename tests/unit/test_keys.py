"""The key ring: the newest signs, the others verify, and every key is strong enough for its algorithm."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from labserver.database import Database
from labserver.errors import SettingsError
from labserver.keys import ALGORITHMS, SCHEMA, KeyRing

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}
MESSAGE = b"header.payload"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "accounts.db", SCHEMA)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_verifies_what_it_signed_and_nothing_else(database: Database, algorithm: str) -> None:
    key = KeyRing(database, algorithm).newest
    signature = key.sign(MESSAGE)
    assert key.verify(MESSAGE, signature)
    assert not key.verify(MESSAGE + b"x", signature)
    assert not key.verify(MESSAGE, signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not key.verify(MESSAGE, b"")
    assert not KeyRing(database, algorithm).rotate().verify(MESSAGE, signature)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_only_public_members_are_published(database: Database, algorithm: str) -> None:
    ring = KeyRing(database, algorithm)
    ring.rotate()
    published = ring.jwks()["keys"]
    if algorithm == "HS256":
        assert published == []
        return
    assert [key["kid"] for key in published] == [key.kid for key in reversed(ring.all())]
    for key in published:
        assert not PRIVATE & set(key)
        assert (key["alg"], key["use"]) == (algorithm, "sig")


def test_the_newest_signs_and_the_older_verify_until_retired(database: Database) -> None:
    ring = KeyRing(database, "HS256")
    old = ring.newest
    new = ring.rotate()
    assert ring.newest is new
    assert ring.find(old.kid) is not None
    assert ring.retire().kid == new.kid
    assert ring.find(old.kid) is None
    assert [key.kid for key in ring.all()] == [new.kid]


def test_an_unknown_kid_finds_nothing(database: Database) -> None:
    ring = KeyRing(database, "HS256")
    for kid in ("", "0", "-1", "' OR 1=1 --", "../key"):
        assert ring.find(kid) is None


def test_keys_survive_a_restart(database: Database) -> None:
    first = KeyRing(database, "ES256")
    assert KeyRing(database, "ES256").newest.kid == first.newest.kid


def test_another_algorithm_makes_a_key_of_its_own(database: Database) -> None:
    old = KeyRing(database, "HS256").newest
    ring = KeyRing(database, "EdDSA")
    assert ring.newest.alg == "EdDSA"
    kept = ring.find(old.kid)
    assert kept is not None
    assert kept.alg == "HS256", "a key keeps its one algorithm"


def test_other_workers_see_a_rotation_when_they_are_told(database: Database) -> None:
    number = 0.0
    one, other = (KeyRing(database, "HS256", lambda: number) for _ in range(2))
    new = one.rotate()
    number += 1
    assert other.newest.kid == new.kid
    assert other.find(new.kid) is not None
    one.retire()
    number += 1
    assert [key.kid for key in other.all()] == [new.kid]


def test_a_short_hmac_key_stops_the_start(database: Database) -> None:
    database.change(
        "INSERT INTO keys (kid, alg, secret) VALUES ('weak', 'HS256', ?)", (secrets.token_bytes(31),)
    )
    with pytest.raises(SettingsError, match="32"):
        KeyRing(database, "HS256")


def test_a_short_rsa_key_stops_the_start(database: Database) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 (that is the point)
    pem = weak.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    database.change("INSERT INTO keys (kid, alg, secret) VALUES ('weak', 'RS256', ?)", (pem,))
    with pytest.raises(SettingsError, match="2048"):
        KeyRing(database, "RS256")
