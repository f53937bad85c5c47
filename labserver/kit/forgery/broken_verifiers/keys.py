"""Verifiers that take the word of the token for its algorithm or key, or do not look at the signature."""

from __future__ import annotations

import hmac
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWK, PyJWTError

from labserver.kit.forgery.broken_verifiers.broken import Broken
from labserver.kit.forgery.mint import Keys
from labserver.kit.forgery.reference_verifier import Fields

KEY_FOLDER = Path(__file__).resolve().parents[3] / "web" / "templates"


class BelievesNone(Broken):
    """A token that says `alg: none` needs no signature."""

    lets_in: ClassVar = {"alg_none"}
    none: ClassVar[tuple[str, ...]] = ("none",)

    def __call__(self, token: str, keys: Keys, now: int) -> Fields:
        header, payload, _ = self.split(token)
        if self.read_header(header)["alg"] not in self.none:
            return super().__call__(token, keys, now)
        claims = self.read_json(self.decode(payload))
        self.check_claims(claims, now)
        return claims


class BlocksOneSpellingOfNone(BelievesNone):
    """`alg: none` is refused by name, and `alg: None` is another name."""

    none = ("None", "NONE", "nOnE")


class LetsTheTokenChoose(Broken):
    """A token that says HS256 is checked by HS256, whatever its key is for."""

    lets_in: ClassVar = {"alg_confusion"}

    def find_key(self, header: Fields, keys: Keys) -> tuple[str, bytes]:
        if header["alg"] == "HS256" and header["kid"] in keys:
            return "HS256", keys[header["kid"]][1]
        return super().find_key(header, keys)


class IgnoresAlg(Broken):
    """The key decides how to check, and the token may say about that what it likes."""

    lets_in: ClassVar = {"other_alg"}

    def find_key(self, header: Fields, keys: Keys) -> tuple[str, bytes]:
        known = {"alg": keys[header["kid"]][0]} if header["kid"] in keys else {}
        return super().find_key(header | known, keys)


class TrustsJwk(Broken):
    """A token may bring the key that it is checked with."""

    lets_in: ClassVar = {"own_key"}

    def check_header(self, header: Fields) -> None:
        if "jwk" not in header:
            super().check_header(header)

    def find_key(self, header: Fields, keys: Keys) -> tuple[str, bytes]:
        if "jwk" not in header:
            return super().find_key(header, keys)
        try:
            jwk: Any = PyJWK(header["jwk"])
        except PyJWTError as error:
            raise ValueError(f"no key: {error}") from None
        pem: bytes = jwk.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return jwk.algorithm_name, pem


class ReadsKidAsPath(Broken):
    """A kid that is not known is the name of a key file, and any path is a name."""

    lets_in: ClassVar = {"kid_path"}

    def find_key(self, header: Fields, keys: Keys) -> tuple[str, bytes]:
        path = KEY_FOLDER / header["kid"]
        if header["kid"] in keys or not path.is_file():
            return super().find_key(header, keys)
        return "HS256", path.read_bytes()


class HasAnEmptyKey(Broken):
    """Where there is no key of that name, the secret is empty."""

    lets_in: ClassVar = {"empty_key"}

    def find_key(self, header: Fields, keys: Keys) -> tuple[str, bytes]:
        return super().find_key(header, {header["kid"]: ("HS256", b""), **keys})


class TriesEveryKey(Broken):
    """The kid is not looked at: whichever key fits is good."""

    lets_in: ClassVar = {"unknown_kid"}

    def __call__(self, token: str, keys: Keys, now: int) -> Fields:
        kid = self.read_header(self.split(token)[0])["kid"]
        for pair in keys.values():
            with suppress(ValueError):
                return super().__call__(token, {kid: pair}, now)
        raise ValueError("no key fits")


class FallsBackOnTheFirstKey(Broken):
    """Where there is no key of that name, the first one has to do."""

    lets_in: ClassVar = {"unknown_kid"}

    def find_key(self, header: Fields, keys: Keys) -> tuple[str, bytes]:
        return super().find_key(header, {header["kid"]: next(iter(keys.values())), **keys})


class LooksAtNoSignature(Broken):
    """The token is read, and the signature is left for another day."""

    lets_in: ClassVar = {"wrong_signature", "short_signature"}

    def is_genuine(self, alg: str, key: bytes, message: bytes, signature: bytes) -> bool:
        return True


class ComparesTheBeginning(Broken):
    """As many bytes of the signature are compared as there are."""

    lets_in: ClassVar = {"short_signature"}

    def is_genuine(self, alg: str, key: bytes, message: bytes, signature: bytes) -> bool:
        if alg == "HS256":
            return hmac.digest(key, message, "sha256").startswith(signature)
        return super().is_genuine(alg, key, message, signature)
