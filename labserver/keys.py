"""The signing keys: one algorithm per key, found by `kid` and never by position, shared by all workers.

The newest key signs. An older one still verifies until it is retired, so that a rotation logs nobody out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

import apsw
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import Algorithm, ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

from labserver.database import Database
from labserver.errors import SettingsError

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (kid TEXT PRIMARY KEY, alg TEXT NOT NULL, secret BLOB NOT NULL)
"""
ALGORITHMS: dict[str, Algorithm] = {
    "HS256": HMACAlgorithm(HMACAlgorithm.SHA256),
    "ES256": ECAlgorithm(ECAlgorithm.SHA256),
    "EdDSA": OKPAlgorithm(),
    "RS256": RSAAlgorithm(RSAAlgorithm.SHA256),
}
HMAC_BYTES, RSA_BITS = 32, 2048
SHAPES = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519"), "RS256": ("RSA", None)}
"""What a published key of each algorithm says of itself (RFC 7518 section 6, RFC 8037)."""


class Key(NamedTuple):
    """A key, ready to use: parsing PEM again for each signature would cost a thousand times the signature."""

    kid: str
    alg: str
    signing: Any
    verifying: Any

    def sign(self, message: bytes) -> bytes:
        return ALGORITHMS[self.alg].sign(message, self.signing)

    def verify(self, message: bytes, signature: bytes) -> bool:
        return ALGORITHMS[self.alg].verify(message, self.verifying, signature)

    def jwk(self) -> dict[str, Any] | None:
        """Give the public half as a JSON Web Key (RFC 7517); None for a shared secret, which has none."""
        if self.alg == "HS256":
            return None
        public: dict[str, Any] = ALGORITHMS[self.alg].to_jwk(self.verifying, as_dict=True)
        public.pop("key_ops", None)
        return public | {"kid": self.kid, "alg": self.alg, "use": "sig"}


class KeyRing:
    """All keys of a server. `changed` gives a number that goes up when another worker has changed them."""

    def __init__(self, database: Database, algorithm: str, changed: Callable[[], float] = lambda: 0) -> None:
        self._database, self._algorithm, self._changed = database, algorithm, changed
        self._load()
        if not self._keys or self.newest.alg != algorithm:
            self.rotate()

    @property
    def newest(self) -> Key:
        """The key that signs."""
        self._refresh()
        return self._keys[-1]

    def find(self, kid: str) -> Key | None:
        """Find the key that a token names."""
        self._refresh()
        return self._by_kid.get(kid)

    def all(self) -> list[Key]:
        """List the keys, the oldest first."""
        self._refresh()
        return self._keys

    def jwks(self) -> dict[str, Any]:
        """Give the public keys as a JWK Set, the newest first."""
        return {"keys": [jwk for key in reversed(self.all()) if (jwk := key.jwk())]}

    def rotate(self) -> Key:
        """Make a new key and sign with it; the others go on verifying."""
        self._database.change("INSERT INTO keys VALUES (?, ?, ?)", self._fresh())
        self._load()
        return self._keys[-1]

    def retire(self) -> Key:
        """Throw away all keys but the newest: what they signed ends now."""
        self._database.change("DELETE FROM keys WHERE kid <> ?", (self.newest.kid,))
        self._load()
        return self._keys[-1]

    def start_over(self, transaction: apsw.Connection) -> None:
        """Put one new key in the place of all, as part of a larger change."""
        transaction.execute("DELETE FROM keys")
        transaction.execute("INSERT INTO keys VALUES (?, ?, ?)", self._fresh())

    def generate(self) -> bytes:
        """Make the secret of a new key: random bytes for HMAC, a private key in PEM for the others."""
        if self._algorithm == "HS256":
            return secrets.token_bytes(HMAC_BYTES)
        make: dict[str, Callable[[], Any]] = {
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
            "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS),
        }
        pem: bytes = make[self._algorithm]().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem

    def accept(self, kid: str, alg: str, secret: bytes) -> Key:
        """Parse a stored key. Raises SettingsError if it is too weak (RFC 7518 sections 3.2 and 3.3)."""
        key = prepare(kid, alg, secret)
        if alg == "HS256" and len(secret) < HMAC_BYTES:
            raise SettingsError(f"The key {kid} has {len(secret)} bytes, not {HMAC_BYTES} or more.")
        if alg == "RS256" and key.signing.key_size < RSA_BITS:
            raise SettingsError(f"The key {kid} has {key.signing.key_size} bits, not {RSA_BITS} or more.")
        return key

    def _fresh(self) -> tuple[str, str, bytes]:
        return secrets.token_urlsafe(8), self._algorithm, self.generate()

    def _refresh(self) -> None:
        if self._changed() != self._seen:
            self._load()

    def _load(self) -> None:
        seen = self._changed()
        rows = self._database.rows("SELECT kid, alg, secret FROM keys ORDER BY rowid")
        self._keys = [self.accept(*row) for row in rows]
        self._by_kid = {key.kid: key for key in self._keys}
        self._seen = seen


def prepare(kid: str, alg: str, secret: bytes) -> Key:
    """Make a key of its stored form."""
    if alg == "HS256":
        return Key(kid, alg, secret, secret)
    private: Any = serialization.load_pem_private_key(secret, password=None)
    return Key(kid, alg, private, private.public_key())


def read_jwk(jwk: dict[str, Any]) -> Key | None:
    """Make a key of its published half; None where it is not one of ours, as RFC 7517 section 5 asks.

    A shared secret is never taken, nor a key that lets out its private half: whoever reads it can sign.
    """
    kid, alg = jwk.get("kid"), jwk.get("alg")
    shape = SHAPES.get(alg) if isinstance(alg, str) else None
    if not isinstance(kid, str) or shape != (jwk.get("kty"), jwk.get("crv")):
        return None
    if jwk.get("use") != "sig" or "d" in jwk:
        return None
    try:
        public = ALGORITHMS[str(alg)].from_jwk(jwk)
    except (ValueError, TypeError, AttributeError, PyJWTError):
        return None
    if alg == "RS256" and public.key_size < RSA_BITS:
        return None
    return Key(kid, str(alg), None, public)
