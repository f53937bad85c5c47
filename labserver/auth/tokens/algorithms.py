"""The algorithms that sign access tokens, and a key that is ready to use."""

from __future__ import annotations

from typing import Any, NamedTuple

from jwt.algorithms import Algorithm, ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm

ALGORITHMS: dict[str, Algorithm] = {
    "HS256": HMACAlgorithm(HMACAlgorithm.SHA256),
    "ES256": ECAlgorithm(ECAlgorithm.SHA256),
    "EdDSA": OKPAlgorithm(),
    "RS256": RSAAlgorithm(RSAAlgorithm.SHA256),
}
HMAC_BYTES, RSA_BITS, RSA_MOST_BITS = 32, 2048, 16384


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
