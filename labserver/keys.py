"""The signing keys: one algorithm per key, found by `kid` and never by position, shared by all workers.

The newest key signs. An older one still verifies until it is retired, so that a rotation logs nobody out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

import apsw
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import Algorithm, ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

from labserver.database import Database
from labserver.errors import BadKey, SettingsError, StoreDown
from labserver.strict import b64decode

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (kid TEXT PRIMARY KEY, alg TEXT NOT NULL, secret BLOB NOT NULL)
"""
ALGORITHMS: dict[str, Algorithm] = {
    "HS256": HMACAlgorithm(HMACAlgorithm.SHA256),
    "ES256": ECAlgorithm(ECAlgorithm.SHA256),
    "EdDSA": OKPAlgorithm(),
    "RS256": RSAAlgorithm(RSAAlgorithm.SHA256),
}
HMAC_BYTES, RSA_BITS, RSA_MOST_BITS = 32, 2048, 16384
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""What only the owner of a key may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1)."""
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
        self._seen = -1.0
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
        self._reload()
        return self._keys[-1]

    def retire(self) -> Key:
        """Throw away all keys but the newest: what they signed ends now."""
        self._database.change("DELETE FROM keys WHERE kid <> ?", (self.newest.kid,))
        self._reload()
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

    def accept(self, kid: Any, alg: Any, secret: Any) -> Key:
        """Parse a stored key. Raises SettingsError if it is unreadable, or too weak (RFC 7518 section 3.2).

        Of our own keys we ask what we ask of others', see `read_jwk`.
        """
        try:
            key = prepare(kid, alg, secret)
            if alg == "HS256" and len(secret) < HMAC_BYTES:
                raise BadKey(f"it has {len(secret)} bytes, not {HMAC_BYTES} or more")
            if alg != "HS256" and read_jwk(key.jwk() or {}) is None:
                raise BadKey(f"it is no key for {alg}")
        except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm, PyJWTError) as error:
            why = error if isinstance(error, BadKey) else "it cannot be read"
            raise SettingsError(f"The signing key {kid!r} ({alg}) cannot be used: {why}.") from None
        return key

    def _fresh(self) -> tuple[str, str, bytes]:
        return secrets.token_urlsafe(8), self._algorithm, self.generate()

    def _refresh(self) -> None:
        if self._changed() != self._seen:
            self._reload()

    def _reload(self) -> None:
        """Load while requests wait for it: what stops a start then makes the keys unavailable, no more."""
        try:
            self._load()
        except SettingsError as error:
            raise StoreDown(f"keys: {error}") from None
        if not self._keys:
            self._seen = -1.0  # so that the next request looks again
            raise StoreDown("keys: there is none")

    def _load(self) -> None:
        seen = self._changed()
        rows = self._database.rows("SELECT kid, alg, secret FROM keys ORDER BY rowid")
        self._keys = [self.accept(*row) for row in rows]
        self._by_kid = {key.kid: key for key in self._keys}
        self._seen = seen


def prepare(kid: Any, alg: Any, secret: Any) -> Key:
    """Make a key of its stored form. Whatever that is not raises one error or another."""
    if not isinstance(kid, str) or not isinstance(secret, bytes):
        raise TypeError
    if alg == "HS256":
        return Key(kid, alg, secret, secret)
    private: Any = serialization.load_pem_private_key(secret, password=None)
    return Key(kid, alg, private, private.public_key())


def read_jwk(jwk: dict[str, Any]) -> Key | None:
    """Make a key of its published half; None where it is not one of ours, as RFC 7517 section 5 asks.

    Raises BadKey, with what is wrong, for a key that nobody may believe: one that lets out its secret, and
    one whose secret others can work out.
    """
    shown = [name for name in PRIVATE if name in jwk]
    if shown:
        raise BadKey(f"it shows its private half ({', '.join(shown)}): whoever reads it can sign")
    if jwk.get("kty") == "oct":
        raise BadKey("it is a shared secret, and those are not published")
    kid, alg = jwk.get("kid"), jwk.get("alg")
    shape = SHAPES.get(alg) if isinstance(alg, str) else None
    if not isinstance(kid, str) or shape != (jwk.get("kty"), jwk.get("crv")) or jwk.get("use") != "sig":
        return None
    try:
        if alg == "EdDSA":
            check_point(b64decode(jwk["x"]))
        public = ALGORITHMS[str(alg)].from_jwk(jwk)
        if alg == "RS256":
            check_modulus(public.public_numbers().n, public.public_numbers().e)
    except BadKey:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm, PyJWTError):
        raise BadKey("its numbers are missing, or make no key") from None
    return Key(kid, str(alg), None, public)


def check_point(encoded: bytes) -> None:
    """Raise BadKey if an Ed25519 key is a point of small order, or written in a second way.

    With such a point for a key, one signature holds for many messages, and nobody needs a secret to make it.
    Eight points have an order that divides 8. Their y is 0, 1 or -1, or, where doubling gives y = 0, solves
    d y^4 + 2 y^2 = 1 (from the addition law in RFC 8032, section 5.1.4, with P = Q).
    """
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p)
    y = int.from_bytes(encoded, "little") % 2**255  # without the bit that is the sign of x
    if y * (y * y - 1) * (d * y**4 + 2 * y * y - 1) % p == 0:
        raise BadKey("it is a point of small order")
    if y >= p:
        raise BadKey("its y is not below p (RFC 8032, section 5.1.3)")


def check_modulus(n: int, e: int) -> None:
    """Raise BadKey if an RSA key is short, odd in its numbers, or of the family that ROCA breaks.

    Those primes have the form k M + (65537^a mod M), where M is a product of small primes; so modulo each of
    these, the modulus is a power of 65537. By chance that happens to one key in 200 million. Nemec et al.,
    "The Return of Coppersmith's Attack", CCS 2017 (CVE-2017-15361).
    """
    if not RSA_BITS <= n.bit_length() <= RSA_MOST_BITS:
        bounds = f"{RSA_BITS} or more" if n.bit_length() < RSA_BITS else f"{RSA_MOST_BITS} or less"
        raise BadKey(f"it has {n.bit_length()} bits, not {bounds}")
    if e % 2 == 0 or not 2**16 < e < 2**256:  # FIPS 186-5, section 5.4 (e)
        raise BadKey("its exponent is even, or not between 2^16 and 2^256")
    primes = [q for q in range(2, 168) if all(q % r for r in range(2, q))]
    if any(n % q == 0 for q in primes):
        raise BadKey("its modulus has a small factor")
    if all(n % q in {pow(65537, a, q) for a in range(q)} for q in primes):
        raise BadKey("its modulus is of the ROCA family (CVE-2017-15361)")
