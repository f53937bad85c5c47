"""The algorithms that sign access tokens, and a key that is ready to use.

HS256 is Python's own `hmac`. The others are PyJWT's, which loads `cryptography`: only when first used.
"""

from __future__ import annotations

import hmac
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jwt.algorithms import Algorithm

HMAC_BYTES, RSA_BITS, RSA_MOST_BITS = 32, 2048, 16384


class SharedSecret:
    """HMAC with SHA-256 (RFC 7518 section 3.2): who can verify can sign."""

    def sign(self, message: bytes, key: bytes) -> bytes:
        """Return the 32 bytes of the signature."""
        return hmac.digest(key, message, "sha256")

    def verify(self, message: bytes, key: bytes, signature: bytes) -> bool:
        """Compare in a time that does not depend on where the two differ."""
        return hmac.compare_digest(hmac.digest(key, message, "sha256"), signature)


class KeyPair:
    """An algorithm of PyJWT with a private and a public key: `name` is the class, `digest` its SHA."""

    def __init__(self, name: str, digest: str | None = None) -> None:
        self._name, self._digest = name, digest

    @cached_property
    def _algorithm(self) -> Algorithm:
        from jwt import algorithms

        kind = getattr(algorithms, self._name)
        made: Algorithm = kind(getattr(kind, self._digest)) if self._digest else kind()
        return made

    def sign(self, message: bytes, key: Any) -> bytes:
        """Sign with a private key."""
        return self._algorithm.sign(message, key)

    def verify(self, message: bytes, key: Any, signature: bytes) -> bool:
        """Verify with a public key."""
        return self._algorithm.verify(message, key, signature)

    def to_jwk(self, public: Any) -> dict[str, Any]:
        """Write a public key as a JSON Web Key (RFC 7517)."""
        return self._algorithm.to_jwk(public, as_dict=True)

    def from_jwk(self, jwk: dict[str, Any]) -> Any:
        """Read a public key; raises whatever PyJWT raises for one that is none."""
        return self._algorithm.from_jwk(jwk)


KEY_PAIRS = {
    "ES256": KeyPair("ECAlgorithm", "SHA256"),
    "EdDSA": KeyPair("OKPAlgorithm"),
    "RS256": KeyPair("RSAAlgorithm", "SHA256"),
}
ALGORITHMS: dict[str, SharedSecret | KeyPair] = {"HS256": SharedSecret(), **KEY_PAIRS}


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
        """Give the public half as a JSON Web Key (RFC 7517); None for a shared secret, which has none."""
        if self.alg == "HS256":
            return None
        public = KEY_PAIRS[self.alg].to_jwk(self.verifying)
        public.pop("key_ops", None)
        return public | {"kid": self.kid, "alg": self.alg, "use": "sig"}
