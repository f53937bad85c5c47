"""The one table of algorithms that sign access tokens, and a key that is ready to use.

HS256 is Python's own `hmac`. The others are PyJWT's, which loads `cryptography`: only when first used.
`EdDSA` is the name that PyJWT knows; RFC 9864 deprecates it in favour of `Ed25519`, the same algorithm here.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from labserver.errors import BadKey
from labserver.formats.weak_keys import RSA_BITS, weakness_of_modulus, weakness_of_point

if TYPE_CHECKING:
    from jwt.algorithms import Algorithm

HMAC_BYTES = 32


class SharedSecret:
    """HMAC with SHA-256 (RFC 7518 section 3.2): who can verify can sign, so the key is not published."""

    def generate(self) -> bytes:
        """Make a new key, as it is stored."""
        return secrets.token_bytes(HMAC_BYTES)

    def load(self, stored: bytes) -> tuple[Any, Any]:
        """Read a stored key: what signs, and what verifies. Raises BadKey if it is too short."""
        if len(stored) < HMAC_BYTES:
            raise BadKey(f"it has {len(stored)} bytes, not {HMAC_BYTES} or more")
        return stored, stored

    def sign(self, message: bytes, key: bytes) -> bytes:
        """Return the 32 bytes of the signature."""
        return hmac.digest(key, message, "sha256")

    def verify(self, message: bytes, key: bytes, signature: bytes) -> bool:
        """Compare in a time that does not depend on where the two differ."""
        return hmac.compare_digest(hmac.digest(key, message, "sha256"), signature)

    def to_jwk(self, key: bytes) -> None:
        """Return None: there is no public half."""


class KeyPair:
    """An algorithm of PyJWT with a private and a public key: `name` is the class, `sha` its hash.

    `shape` is what a published key says of itself, kty and crv (RFC 7518 section 6, RFC 8037). `make` returns
    a new private key; `weakness` what is wrong with a public one, if anything.
    """

    def __init__(
        self,
        name: str,
        sha: str | None,
        shape: tuple[str, str | None],
        make: Callable[[], Any],
        weakness: Callable[[Any], str | None] = lambda public: None,
    ) -> None:
        self._name, self._sha, self._shape, self._make, self._weakness = name, sha, shape, make, weakness

    @cached_property
    def _algorithm(self) -> Algorithm:
        from jwt import algorithms

        kind = getattr(algorithms, self._name)
        made: Algorithm = kind(getattr(kind, self._sha)) if self._sha else kind()
        return made

    def generate(self) -> bytes:
        """Make a new private key, in PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        pem: bytes = self._make().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return pem

    def load(self, stored: bytes) -> tuple[Any, Any]:
        """Read a private key in PEM. Raises BadKey if it is not of this algorithm, or is weak."""
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        private: Any = load_pem_private_key(stored, password=None)
        jwk = self.to_jwk(private.public_key())
        if not self.fits(jwk):
            raise BadKey("it is a key for another algorithm")
        return private, self.from_jwk(jwk)

    def sign(self, message: bytes, key: Any) -> bytes:
        """Sign with a private key."""
        return self._algorithm.sign(message, key)

    def verify(self, message: bytes, key: Any, signature: bytes) -> bool:
        """Verify with a public key."""
        return self._algorithm.verify(message, key, signature)

    def fits(self, jwk: dict[str, Any]) -> bool:
        """Tell whether a JSON Web Key says that it is for this algorithm."""
        return (jwk.get("kty"), jwk.get("crv")) == self._shape

    def to_jwk(self, public: Any) -> dict[str, Any]:
        """Write a public key as a JSON Web Key (RFC 7517)."""
        return self._algorithm.to_jwk(public, as_dict=True)

    def from_jwk(self, jwk: dict[str, Any]) -> Any:
        """Read a public key. Raises BadKey if it is none, or weak."""
        try:
            public = self._algorithm.from_jwk(jwk)
            weakness = self._weakness(public)
        except Exception:  # PyJWT and cryptography raise this and that
            weakness = "its numbers are missing, or make no key"
        if weakness:
            raise BadKey(weakness)
        return public


def _make_ec() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _make_ed25519() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return ed25519.Ed25519PrivateKey.generate()


def _make_rsa() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def _weak_ed25519(public: Any) -> str | None:
    return weakness_of_point(public.public_bytes_raw())


def _weak_rsa(public: Any) -> str | None:
    return weakness_of_modulus(public.public_numbers().n, public.public_numbers().e)


ALGORITHMS: dict[str, SharedSecret | KeyPair] = {
    "HS256": SharedSecret(),
    "ES256": KeyPair("ECAlgorithm", "SHA256", ("EC", "P-256"), _make_ec),
    "EdDSA": KeyPair("OKPAlgorithm", None, ("OKP", "Ed25519"), _make_ed25519, _weak_ed25519),
    "RS256": KeyPair("RSAAlgorithm", "SHA256", ("RSA", None), _make_rsa, _weak_rsa),
}


class Key(NamedTuple):
    """A key, ready to use: parsing PEM again for each signature would cost a thousand times the signature."""

    kid: str
    alg: str
    signing: Any
    verifying: Any

    def sign(self, message: bytes) -> bytes:
        """Sign a message."""
        return ALGORITHMS[self.alg].sign(message, self.signing)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether this key signed this message."""
        return ALGORITHMS[self.alg].verify(message, self.verifying, signature)

    def jwk(self) -> dict[str, Any] | None:
        """Write the public half as a JSON Web Key (RFC 7517); None for a shared secret, which has none."""
        public = ALGORITHMS[self.alg].to_jwk(self.verifying)
        if public is None:
            return None
        public.pop("key_ops", None)
        return public | {"kid": self.kid, "alg": self.alg, "use": "sig"}
