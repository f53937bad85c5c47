"""Access tokens: JSON Web Tokens that the server signs once and then checks on each request, with no look-up.

The rules are those of RFC 7519 (JWT), RFC 9068 (access tokens) and RFC 8725 (best current practice), read
strictly: a token has one encoding, its algorithm is its key's and never its own choice, and nothing unknown
is tolerated.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from labserver.auth.tokens.algorithms import Key
from labserver.errors import InvalidToken
from labserver.formats.base64url import b64decode
from labserver.formats.digests import digest
from labserver.formats.strict_json import loads
from labserver.storage.clock import SupportsNow
from labserver.tracing import trace

MAX_TOKEN = 8 * 1024
"""Characters of a whole token; a longer one is refused before anything of it is read."""
LEEWAY = 60
"""Seconds that the issuer's clock may be ahead (RFC 7519 section 4.1.5 allows a few minutes)."""
MAX_LIFE = 24 * 3600
"""How long a token may promise to live, in seconds: a token that cannot be ended must expire soon."""
TYPE = "at+jwt"


class Access(NamedTuple):
    """What a checked access token says; `role` as it was when the token was signed, `expires` in seconds."""

    username: str
    role: str
    jti: str
    expires: float


class KeySource(Protocol):
    """Wherever keys come from: to check a token, finding the one that it names is enough."""

    def find(self, kid: str) -> Key | None:
        """Return the key with this id, or None."""


class Verifier:
    """Check access tokens. No secret is needed for it where the algorithm has a public key."""

    def __init__(
        self, keys: KeySource, clock: SupportsNow, *, issuer: str, audience: str, max_life: float = MAX_LIFE
    ) -> None:
        self._keys, self._clock, self._max_life = keys, clock, max_life
        self._issuer, self._audience = issuer, audience
        self._headers: dict[str, Key] = {}

    def check(self, token: str) -> Access:
        """Check encoding, key, signature and claims. Raises InvalidToken; only the trace knows why."""
        if len(token) > MAX_TOKEN:
            raise InvalidToken("it is longer than 8 KiB")
        parts = token.split(".")
        if len(parts) != 3:
            raise InvalidToken("it does not have three parts")
        header, payload, signature = parts
        try:
            key = self._key(header)
            with trace.step(
                "token.verify", digest(token) if trace.current() else None, algorithm=key.alg
            ) as step:
                genuine = step.ok = key.verify(f"{header}.{payload}".encode(), b64decode(signature))
            if not genuine:
                raise InvalidToken("the signature is not its key's")
            claims = loads(b64decode(payload))
        except ValueError as error:
            raise InvalidToken(f"it is not encoded as it must be: {error}") from None
        return self._read(claims)

    def _key(self, header: str) -> Key:
        """Find the key that a header names. Headers repeat, so good ones are cached while their key lives."""
        cached = self._headers.get(header)
        if cached is not None and self._keys.find(cached.kid) is cached:
            return cached
        fields = loads(b64decode(header))
        if fields.keys() != {"alg", "kid", "typ"} or not all(
            isinstance(value, str) for value in fields.values()
        ):
            raise InvalidToken("its header has not exactly alg, kid and typ")
        key = self._keys.find(fields["kid"])
        if key is None:
            raise InvalidToken("no key has its kid")
        if fields["alg"] != key.alg:
            raise InvalidToken("its alg is not its key's")
        if fields["typ"] != TYPE:
            raise InvalidToken("it is not an access token")
        if len(self._headers) > 100:
            self._headers.clear()
        self._headers[header] = key
        return key

    def _read(self, claims: dict[str, Any]) -> Access:
        """Check the claims (RFC 9068 section 4)."""
        now = self._clock.now()
        texts: list[Any] = [claims.get("sub"), claims.get("jti"), claims.get("role", "")]
        times: list[Any] = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
        # `type`, not `isinstance`: to Python, True is a whole number.
        if {*map(type, texts)} != {str} or not texts[0] or not texts[1]:
            raise InvalidToken("sub, jti or role is missing or not text")
        if {*map(type, times)} != {int}:
            raise InvalidToken("exp, iat or nbf is missing or not a whole number")
        if claims.get("iss") != self._issuer:
            raise InvalidToken("another issuer made it")
        if claims.get("aud") != self._audience:
            raise InvalidToken("it is meant for another audience")
        (username, jti, role), (expires, issued, not_before) = texts, times
        if expires <= now:
            raise InvalidToken("it has expired")
        if max(issued, not_before) > now + LEEWAY:
            raise InvalidToken("it is from the future")
        # Whole numbers in Python have no bounds, but a store, a float and a date do: with this, all take it.
        if expires - issued > self._max_life:
            raise InvalidToken("it promises a longer life than is allowed")
        trace.note("claims.check")
        return Access(username, role, jti, expires)
