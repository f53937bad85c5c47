"""Verifiers that are broken in one way each: everything honest gets through, and so does one kind of forgery.

`lets_in` names the forgeries (see `forgeries`) that get past one; a crash counts, as it is not a refusal.
"""

from __future__ import annotations

import base64
import hmac
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWK, PyJWTError

from labserver.kit.forgery.mint import AUDIENCE, Keys
from labserver.kit.forgery.reference_verifier import Fields, Verifier

KEY_FOLDER = Path(__file__).resolve().parents[2] / "web" / "templates"


class Broken(Verifier):
    """A verifier with one fault."""

    lets_in: ClassVar[set[str]] = set()


# --- whose word is taken for the algorithm, and for the key ---


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


# --- how the signature is compared ---


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


# --- which claims are looked at ---


class ForgetsTyp(Broken):
    """Any well-signed token is an access token."""

    lets_in: ClassVar = {"refresh_as_access"}

    def check_type(self, header: Fields) -> None:
        pass


class ForgetsExp(Broken):
    """The end of a token is not looked at."""

    lets_in: ClassVar = {"expired", "endless", "time_as_text"}

    def check_times(self, claims: Fields, now: int) -> None:
        super().check_times(claims | {"exp": now + 1}, now)


class EndsASecondLate(Broken):
    """At `exp` itself the token is still good."""

    lets_in: ClassVar = {"expired"}

    def check_times(self, claims: Fields, now: int) -> None:
        super().check_times(claims, now - (claims.get("exp") == now))


class LetsExpBeMissing(Broken):
    """The end of a token is looked at if there is one."""

    lets_in: ClassVar = {"endless"}

    def check_times(self, claims: Fields, now: int) -> None:
        super().check_times({"exp": now + 1, **claims}, now)


class ReadsTimeFromText(Broken):
    """A time may be written as text."""

    lets_in: ClassVar = {"time_as_text"}

    def check_times(self, claims: Fields, now: int) -> None:
        times = {name: int(claims[name]) for name in ("exp", "iat") if isinstance(claims.get(name), str)}
        super().check_times(claims | times, now)


class ForgetsNbf(Broken):
    """The beginning of a token is not looked at."""

    lets_in: ClassVar = {"not_yet"}

    def check_times(self, claims: Fields, now: int) -> None:
        past = {name: 0 for name in ("nbf", "iat") if type(claims.get(name)) is int}
        super().check_times(claims | past, now)


class ForgetsAudience(Broken):
    """A token for any service is taken."""

    lets_in: ClassVar = {"other_audience", "aud_lookalike"}

    def check_audience(self, claims: Fields) -> None:
        pass


class FindsAudienceWithin(Broken):
    """It is enough that the service's name stands somewhere in the audience."""

    lets_in: ClassVar = {"aud_lookalike"}

    def check_audience(self, claims: Fields) -> None:
        if AUDIENCE not in str(claims.get("aud")):
            raise ValueError("it is meant for somebody else")


class ForgetsIssuer(Broken):
    """Accept the token of any issuer."""

    lets_in: ClassVar = {"other_issuer"}

    def check_issuer(self, claims: Fields) -> None:
        pass


class ForgetsSubject(Broken):
    """The token need not say whom it is about."""

    lets_in: ClassVar = {"nobody"}

    def check_subject(self, claims: Fields) -> None:
        pass


# --- how the text is read ---


class IgnoresTheUnknown(Broken):
    """What the header says besides alg, kid and typ is passed over."""

    lets_in: ClassVar = {"strange_header"}

    def check_header(self, header: Fields) -> None:
        super().check_header({name: header[name] for name in ("alg", "kid", "typ") if name in header})


class TakesTheLastOfTwo(Broken):
    """A name that comes twice is no problem, the last one counts."""

    lets_in: ClassVar = {"duplicate_names"}

    def join(self, pairs: list[tuple[str, Any]]) -> Fields:
        return dict(pairs)


class ForgivesSpelling(Broken):
    """Base64 is read as Python reads it: padding, stray bits and strange characters are forgiven."""

    lets_in: ClassVar = {"another_spelling"}

    def decode(self, part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "==")


class IgnoresFurtherParts(Broken):
    """The first three parts are read, whatever comes after them."""

    lets_in: ClassVar = {"more_parts"}

    def split(self, token: str) -> list[str]:
        return super().split(".".join(token.split(".")[:3]))


class CountsOnThreeParts(Broken):
    """That there are three parts is taken for granted."""

    lets_in: ClassVar = {"garbage"}

    def split(self, token: str) -> list[str]:
        parts = token.split(".")
        return [parts[0], parts[1], parts[2]] if len(parts) < 3 else super().split(token)


class ReadsAnyLength(Broken):
    """A token may be as long as it likes."""

    lets_in: ClassVar = {"too_long"}

    def split(self, token: str) -> list[str]:
        parts = token.split(".")
        return parts if len(parts) == 3 else super().split(token)


class CountsOnAnObject(Broken):
    """That the JSON is an object is taken for granted."""

    lets_in: ClassVar = {"no_object"}

    def read_json(self, data: bytes) -> Fields:
        fields: Fields = json.loads(data.decode(), object_pairs_hook=self.join)
        return fields


class CountsOnText(Broken):
    """That a kid is text is taken for granted."""

    lets_in: ClassVar = {"odd_kid"}

    def check_header(self, header: Fields) -> None:
        super().check_header(header | ({"kid": "text"} if "kid" in header else {}))


BROKEN: dict[str, Broken] = {
    kind.__name__: kind()
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, Broken) and kind is not Broken
}
DOZEN = tuple(
    BROKEN[name]
    for name in (
        "BelievesNone",
        "LetsTheTokenChoose",
        "TrustsJwk",
        "TriesEveryKey",
        "LooksAtNoSignature",
        "ComparesTheBeginning",
        "ForgetsTyp",
        "ForgetsExp",
        "LetsExpBeMissing",
        "ForgetsAudience",
        "FindsAudienceWithin",
        "ForgetsIssuer",
    )
)
"""Those that the tests written in 08 have to catch: in each, a stranger gets in, or a thief stays."""
