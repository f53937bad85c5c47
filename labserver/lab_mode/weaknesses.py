"""The weaknesses that lessons switch on, one at a time: each replaces one part of the server by a worse one.

Nothing here is reachable without lab mode, which exists on loopback only. The modules it replaces do not know
this one: their code is the same with a weakness and without.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, ClassVar

from labserver.auth.refresh import RefreshFamilies, RefreshFamily
from labserver.auth.sessions import Sessions
from labserver.auth.tokens.algorithms import ALGORITHMS, Key
from labserver.auth.tokens.keys import KeyRing, prepare
from labserver.auth.tokens.signer import Tokens
from labserver.auth.tokens.verifier import Access
from labserver.errors import InvalidGrant, InvalidToken
from labserver.formats.base64url import b64decode
from labserver.formats.digests import digest
from labserver.formats.strict_json import loads
from labserver.web import endpoint
from labserver.web.carriers import Cookie

BESIDE_THE_PAGES = Path(__file__).resolve().parents[1] / "web" / "templates"


class CountedIds(Sessions):
    """Session ids that anybody can count on."""

    _numbers: ClassVar = itertools.count(1001)

    def new_id(self, before: str | None) -> str:
        # Each worker counts for itself, so it asks whether another has come by this number already.
        free = (str(n) for n in self._numbers if self._store.get("session", digest(str(n))) is None)
        return next(free)


class KeptIds(Sessions):
    """A login that goes on with the id the client came with, whoever gave it to the client."""

    def new_id(self, before: str | None) -> str:
        return before or super().new_id(before)


class ReadableCookie(Cookie):
    """A cookie that scripts can read."""

    attributes = "; SameSite=Lax; Path=/"


class TrustingCookie(Cookie):
    """A change by cookie is taken from anybody's page."""

    def check_change(self, credential: str, sent: str | None = None) -> None:
        pass


class TypeTrustingCookie(Cookie):
    """A change by JSON is taken from anybody's page: "other sites cannot send JSON". Forms are checked."""

    def check_change(self, credential: str, sent: str | None = None) -> None:
        if sent is not None:
            super().check_change(credential, sent)


def take_any_type() -> None:
    """Read JSON out of a body of any type, and so out of text/plain, which other sites can send."""
    endpoint.is_type = lambda wanted: True


class NoneAllowed(Tokens):
    """A token may say that it is not signed, and is believed."""

    def check(self, token: str) -> Access:
        header, payload, _ = token.split(".") if token.count(".") == 2 else ("", "", "")
        if header and _open(header).get("alg") == "none":
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
        return Key("file", "HS256", secret, secret)


class KeyByToken(Tokens):
    """A token may bring the key that proves it."""

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
        return Key("its own", key.algorithm_name, key.key, key.key)


class AnyAudience(Tokens):
    """A token for another service is as good as one for this."""

    def _read(self, claims: dict[str, Any]) -> Access:
        return super()._read(claims | {"aud": self._audience})


class NoExpiry(Tokens):
    """A token is good for ever."""

    def __init__(self, *services: Any, **settings: Any) -> None:
        super().__init__(*services, **settings | {"max_life": inf})

    def _read(self, claims: dict[str, Any]) -> Access:
        return super()._read(claims | {"exp": 2**53})


class RefreshAsAccess(Tokens):
    """A refresh token opens what an access token opens. (`families` is given by the server's assembly.)"""

    families: RefreshFamilies

    def check(self, token: str) -> Access:
        if token.count(".") != 1:
            return super().check(token)
        try:
            family = self.families.check(token)
        except InvalidGrant as error:
            raise InvalidToken(error.reason) from None
        return Access(family.username, "", digest(token).hex(), family.record.expires)


class WeakKey(KeyRing):
    """A signing key that somebody thought up."""

    def generate(self) -> bytes:
        return b"sunshine1"

    def accept(self, kid: Any, alg: Any, secret: Any) -> Key:
        return prepare(kid, alg, secret)


class ReusableTokens(RefreshFamilies):
    """A used refresh token is good again: all that a family ever had are remembered, and none is used up."""

    def check(self, token: str) -> RefreshFamily:
        key, mine = digest(token.partition(".")[0]), digest(token).hex()
        row = self._store.get("family", key)
        good = {row.data["current"], *row.data.get("earlier", ())} if row else set()
        if row and mine in good:
            again = row._replace(data=row.data | {"current": mine, "earlier": sorted(good)})
            self._store.compare_and_set("family", key, row, again)
        return super().check(token)


@dataclass(frozen=True)
class Weakness:
    """What is worse about a server, in a sentence, and which of its parts make it so."""

    sentence: str
    sessions: type[Sessions] = Sessions
    cookie: type[Cookie] = Cookie
    tokens: type[Tokens] = Tokens
    ring: type[KeyRing] = KeyRing
    families: type[RefreshFamilies] = RefreshFamilies
    algorithm: str | None = None
    before: Callable[[], None] = lambda: None


NONE = Weakness("")
WEAKNESSES = {
    "predictable-ids": Weakness("Session ids are counted up.", sessions=CountedIds),
    "no-regeneration": Weakness("A login keeps the session id that the client came with.", sessions=KeptIds),
    "readable-cookie": Weakness("The session cookie is not HttpOnly.", cookie=ReadableCookie),
    "no-csrf": Weakness("A change by cookie is taken from any page.", cookie=TrustingCookie),
    "any-content-type": Weakness(
        "JSON needs no CSRF token, and a body of any type is read as JSON.",
        cookie=TypeTrustingCookie,
        before=take_any_type,
    ),
    "alg-none": Weakness("A token may say that it is not signed.", tokens=NoneAllowed),
    "alg-confusion": Weakness(
        "The token's alg decides how the key is used.", tokens=AlgorithmByToken, algorithm="RS256"
    ),
    "weak-key": Weakness("The signing key is a word.", ring=WeakKey, algorithm="HS256"),
    "kid-path": Weakness("The token's kid is a path of a file.", tokens=KeyByPath),
    "trust-jwk": Weakness("A token may bring its own key.", tokens=KeyByToken),
    "no-audience": Weakness("A token for any service is taken.", tokens=AnyAudience),
    "refresh-as-access": Weakness("A refresh token opens the API.", tokens=RefreshAsAccess),
    "no-expiry": Weakness("A token never expires.", tokens=NoExpiry),
    "no-reuse-detection": Weakness("A used refresh token is good again.", families=ReusableTokens),
}


def _open(segment: str) -> dict[str, Any]:
    try:
        return loads(b64decode(segment))
    except ValueError as error:
        raise InvalidToken(f"it is misspelt: {error}") from None
