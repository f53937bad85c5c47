"""A mint: an issuer's keys without a server, for the learner's own verifiers and for tests of them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from labserver.kit.forgery.forge import b64

Keys = dict[str, tuple[str, bytes]]
ISSUER, AUDIENCE, TYPE = "labserver", "labserver-api", "at+jwt"


class Mint:
    """Four keys that sign whatever they are asked to. They are the same each time, so they are for play only.

    `keys` is what a verifier gets: {kid: (alg, key)}. A key is bytes: the shared secret of HS256, and for the
    others the public key as it stands in a file (PEM). `now` is the time, in seconds.
    """

    now = 1_000_000

    def __init__(self) -> None:
        self._secrets = {kid: hashlib.sha256(kid.encode()).digest() for kid in ("k1", "k2")}
        self._curve = ec.derive_private_key(2**200 + 3, ec.SECP256R1())
        self._edwards = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"k4").digest())
        self.keys: Keys = {kid: ("HS256", secret) for kid, secret in self._secrets.items()}
        self.keys["k3"] = ("ES256", _pem(self._curve.public_key()))
        self.keys["k4"] = ("EdDSA", _pem(self._edwards.public_key()))

    def header(self, kid: str = "k1") -> dict[str, Any]:
        """Return the header of an honest token."""
        return {"alg": self.keys[kid][0], "kid": kid, "typ": TYPE}

    def claims(self, **others: Any) -> dict[str, Any]:
        """Return the claims of an honest token of ada's, except those that are named."""
        honest = {"iss": ISSUER, "sub": "ada", "aud": AUDIENCE, "client_id": "first-party"}
        times = {"iat": self.now, "exp": self.now + 900}
        return {**honest, **times, "jti": "t1", "role": "user", **others}

    def token(
        self, kid: str = "k1", *, header: Mapping[str, Any] | None = None, without: str = "", **claims: Any
    ) -> str:
        """Make a token, honest but for what is named, as in `mint.token("k2", aud="shop", without="exp")`."""
        parts = ({**self.header(kid), **(header or {})}, self.claims(**claims))
        for fields in parts:
            fields.pop(without, None)
        return self.sign(*parts, by=kid)

    def sign(self, header: Any, payload: Any, by: str = "k1") -> str:
        """Sign this header and this payload with the key `by`, whatever they say.

        A text is taken for a finished segment; all else is written as JSON in base64url.
        """
        signed = ".".join(part if isinstance(part, str) else written(part) for part in (header, payload))
        return f"{signed}.{b64(self._signature(by, signed.encode()))}"

    def _signature(self, kid: str, message: bytes) -> bytes:
        if kid in self._secrets:
            return hmac.digest(self._secrets[kid], message, "sha256")
        if kid == "k4":
            return self._edwards.sign(message)
        r, s = utils.decode_dss_signature(self._curve.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def written(value: Any) -> str:
    """Write any JSON value as a segment."""
    return b64(json.dumps(value, separators=(",", ":")).encode())


def _pem(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
