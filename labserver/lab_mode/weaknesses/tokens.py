"""Weak checks of access tokens, and a weak key."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any

from labserver.auth.tokens.algorithms import ALGORITHMS, Key
from labserver.auth.tokens.keys import KeyRing
from labserver.auth.tokens.signer import Tokens
from labserver.auth.tokens.verifier import Access
from labserver.errors import InvalidToken
from labserver.formats.base64url import b64decode
from labserver.formats.strict_json import loads
from labserver.lab_mode.weaknesses.registry import Weakness
from labserver.tracing import trace

BESIDE_THE_PAGES = Path(__file__).resolve().parents[2] / "web" / "templates"


class NoneAllowed(Tokens):
    """A token may say that it is not signed, and is believed."""

    def check(self, token: str) -> Access:
        header, payload, _ = token.split(".") if token.count(".") == 2 else ("", "", "")
        if header and _open(header).get("alg") == "none":
            trace.note("key.choose", source="none")
            return self._read(_open(payload))
        return super().check(token)


class AlgorithmByToken(Tokens):
    """The token's own `alg` decides how the key is used: a public key becomes a shared secret."""

    def _key(self, header: str) -> Key:
        fields = _open(header)
        key = self.ring.find(str(fields.get("kid")))
        if key is None or key.alg == "HS256" or fields.get("alg") != "HS256":
            return super()._key(header)
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # if switched on

        pem = key.verifying.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        trace.note("key.choose", source="public")
        return Key(key.kid, "HS256", pem, pem)


class KeyByPath(Tokens):
    """A `kid` is the name of a key file, and any path is a name."""

    def _key(self, header: str) -> Key:
        fields = _open(header)
        if self.ring.find(str(fields.get("kid"))):
            return super()._key(header)
        try:
            path = BESIDE_THE_PAGES / str(fields.get("kid"))
            secret = path.read_bytes() if path.is_file() else None  # a device may have no end
        except (OSError, ValueError):
            secret = None
        if secret is None:
            raise InvalidToken("no file has this kid")
        trace.note("key.choose", source="file")
        return Key("file", "HS256", secret, secret)


class KeyByToken(Tokens):
    """A token may contain the key that proves it."""

    def _key(self, header: str) -> Key:
        fields = _open(header)
        if "jwk" not in fields:
            return super()._key(header)
        from jwt import PyJWK

        try:
            key = PyJWK(fields["jwk"])
        except Exception as error:
            raise InvalidToken(f"its jwk is none: {error}") from None
        if key.algorithm_name not in ALGORITHMS:
            raise InvalidToken("its jwk is of another algorithm")
        trace.note("key.choose", source="token")
        return Key("its own", key.algorithm_name, key.key, key.key)


class AnyAudience(Tokens):
    """A token for another service is as good as one for this."""

    def _read(self, claims: dict[str, Any]) -> Access:
        access = super()._read(claims | {"aud": self._audience})
        trace.amend("claims.check", claims=("issuer", "expiry"))
        return access


class NoExpiry(Tokens):
    """A token never expires."""

    def __init__(self, *parts: Any, **settings: Any) -> None:
        super().__init__(*parts, **settings | {"max_life": inf})

    def _read(self, claims: dict[str, Any]) -> Access:
        access = super()._read(claims | {"exp": 2**53})
        trace.amend("claims.check", claims=("issuer", "audience"))
        return access


class WeakKey(KeyRing):
    """A signing key that is a word."""

    def generate(self) -> bytes:
        return b"sunshine1"

    def accept(self, kid: Any, alg: Any, secret: Any) -> Key:
        return Key(kid, alg, secret, secret)


def _open(segment: str) -> dict[str, Any]:
    try:
        return loads(b64decode(segment))
    except ValueError as error:
        raise InvalidToken(f"it is not encoded as it must be: {error}") from None


WEAKNESSES = (
    Weakness("alg-none", "A token may say that it is not signed.", "alg_none", tokens=NoneAllowed),
    Weakness(
        "alg-confusion",
        "The token's alg decides how the key is used.",
        "alg_confusion",
        tokens=AlgorithmByToken,
        algorithm="RS256",
    ),
    Weakness("weak-key", "The signing key is a word.", "weak_key", ring=WeakKey, algorithm="HS256"),
    Weakness("kid-path", "The token's kid is a path of a file.", "kid_path", tokens=KeyByPath),
    Weakness("trust-jwk", "A token may contain its own key.", "own_key", tokens=KeyByToken),
    Weakness("no-audience", "A token for any service is taken.", "other_audience", tokens=AnyAudience),
    Weakness("no-expiry", "A token never expires.", "expired", tokens=NoExpiry),
)
