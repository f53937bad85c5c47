"""The key ring: the newest signs, the others verify, and every key is strong enough for its algorithm."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from labserver.auth.tokens.algorithms import ALGORITHMS
from labserver.auth.tokens.keys import SCHEMA, KeyRing
from labserver.errors import SettingsError, StoreDown
from labserver.storage.database import Database

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


@pytest.mark.parametrize("kid", ["", "0", "-1", "' OR 1=1 --", "../key"])
def test_an_unknown_kid_finds_nothing(database: Database, kid: str) -> None:
    ring = KeyRing(database, "HS256")
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


def test_other_workers_see_a_rotation_when_they_look_for_it(database: Database) -> None:
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


def pem(private: Any) -> bytes:
    """Write a private key as the ring stores it."""
    written: bytes = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return written


ODD_ROWS: dict[str, tuple[Any, Any, Any]] = {
    "no algorithm of ours": ("odd", "HS512", bytes(64)),
    "an empty algorithm": ("odd", "", bytes(64)),
    "no PEM": ("odd", "ES256", b"-----BEGIN"),
    "an empty secret": ("odd", "EdDSA", b""),
    "text for a secret": ("odd", "HS256", "x" * 64),
    "text for a PEM": ("odd", "ES256", pem(ed25519.Ed25519PrivateKey.generate()).decode()),
    "bytes for a name": (b"\xff", "HS256", bytes(64)),
    "no name": (None, "HS256", bytes(64)),
    "another algorithm's key": ("odd", "RS256", pem(ed25519.Ed25519PrivateKey.generate())),
    "and the reverse": ("odd", "EdDSA", pem(ec.generate_private_key(ec.SECP256R1()))),
    "another curve": ("odd", "ES256", pem(ec.generate_private_key(ec.SECP384R1()))),
    "an absurd exponent": ("odd", "RS256", pem(rsa.generate_private_key(3, 2048))),
}
odd_rows = pytest.mark.parametrize("row", ODD_ROWS.values(), ids=ODD_ROWS)


@odd_rows
def test_an_odd_row_stops_the_start(database: Database, row: tuple[Any, Any, Any]) -> None:
    database.change("INSERT INTO keys VALUES (?, ?, ?)", row)
    with pytest.raises(SettingsError, match=r"signing key .* cannot be used: "):
        KeyRing(database, "HS256")


@odd_rows
def test_an_odd_row_in_between_makes_the_keys_unavailable(
    database: Database, row: tuple[Any, Any, Any]
) -> None:
    number = 0.0
    ring = KeyRing(database, "HS256", lambda: number)
    kid = ring.newest.kid
    database.change("INSERT INTO keys VALUES (?, ?, ?)", row)
    with pytest.raises(StoreDown):
        ring.rotate()
    number += 1
    with pytest.raises(StoreDown):
        ring.find(kid)
    database.change("DELETE FROM keys WHERE kid = ? OR kid IS NULL", (row[0],))
    assert ring.find(kid), "and all is well again without a restart"


def test_an_emptied_table_makes_the_keys_unavailable(database: Database) -> None:
    number = 0.0
    ring = KeyRing(database, "HS256", lambda: number)
    database.change("DELETE FROM keys")
    number += 1
    for ask in (ring.all, lambda: ring.newest, ring.retire):
        with pytest.raises(StoreDown):
            ask()
