"""A verifier in small steps, and right; `broken_verifiers` spoils one step at a time."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from typing import Any

import jwt

from labserver.kit.forgery.mint import AUDIENCE, ISSUER, TYPE, Keys

LEEWAY = 60
"""Seconds that the issuer's clock may be ahead of ours."""
MAX_LENGTH = 8 * 1024
"""Characters of a whole token."""

Fields = dict[str, Any]


@dataclass(frozen=True, repr=False)
class ReferenceVerifier:
    """Every step is taken, in the right order.

    Call it: `verify(token, keys, now)` gives the claims, or raises ValueError. Keys are {kid: (alg, key)},
    see Mint; the rules are those of RFC 7519, RFC 8725 and RFC 9068, read strictly.
    """

    def __call__(self, token: str, keys: Keys, now: int) -> Fields:
        """Check spelling, header, key, signature and claims, in this order."""
        header, payload, signature = self.split(token)
        alg, key = self.find_key(self.read_header(header), keys)
        if not self.is_genuine(alg, key, f"{header}.{payload}".encode(), self.decode(signature)):
            raise ValueError("the signature is not its key's")
        claims = self.read_json(self.decode(payload))
        self.check_claims(claims, now)
        return claims

    def split(self, token: str) -> list[str]:
        """Return header, payload and signature. Raises ValueError (RFC 7515 section 7.1)."""
        if len(token) > MAX_LENGTH:
            raise ValueError("longer than 8 KiB")
        parts = token.split(".")
        if len(parts) != 3:
            raise ValueError("not three parts")
        return parts

    def decode(self, part: str) -> bytes:
        """Decode base64url without padding, in its one encoding (RFC 7515 section 2). Raises ValueError."""
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
            raise ValueError("not base64url in its one spelling")
        return data

    def read_json(self, data: bytes) -> Fields:
        """Read an object in UTF-8. Raises ValueError, also for a name that comes twice."""
        try:
            fields = json.loads(data.decode(), object_pairs_hook=self.join)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(fields, dict):
            raise ValueError("not an object")
        return fields

    def join(self, pairs: list[tuple[str, Any]]) -> Fields:
        """Make a dict of the members of an object. Raises ValueError for a name that comes twice."""
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a name comes twice")
        return dict(pairs)

    def read_header(self, part: str) -> Fields:
        """Decode the header and check it, before any key is looked for. Raises ValueError."""
        header = self.read_json(self.decode(part))
        self.check_header(header)
        self.check_type(header)
        return header

    def check_header(self, header: Fields) -> None:
        """Raise ValueError unless there are exactly `alg`, `kid` and `typ`: no `jwk`, no `crit`."""
        if header.keys() != {"alg", "kid", "typ"} or not isinstance(header["kid"], str):
            raise ValueError("not exactly alg, kid and typ")

    def check_type(self, header: Fields) -> None:
        """Raise ValueError for a token of another kind (RFC 9068 section 4)."""
        if header.get("typ") != TYPE:
            raise ValueError("not an access token")

    def find_key(self, header: Fields, keys: Keys) -> tuple[str, bytes]:
        """Return (algorithm, key) of this `kid`. The key decides on the algorithm (RFC 8725 section 3.1).

        Raises ValueError if there is no such key, or if the header names another algorithm.
        """
        if header["kid"] not in keys:
            raise ValueError("no key has its kid")
        alg, key = keys[header["kid"]]
        if header["alg"] != alg:
            raise ValueError("its alg is not its key's")
        return alg, key

    def is_genuine(self, alg: str, key: bytes, message: bytes, signature: bytes) -> bool:
        """Tell whether this key made the signature; those of HS256 are compared in constant time."""
        if alg == "HS256":
            return hmac.compare_digest(hmac.digest(key, message, "sha256"), signature)
        algorithm = jwt.get_algorithm_by_name(alg)
        return algorithm.verify(message, algorithm.prepare_key(key), signature)

    def check_claims(self, claims: Fields, now: int) -> None:
        """Check who made the token, for whom, about whom, and when. Raises ValueError."""
        self.check_issuer(claims)
        self.check_audience(claims)
        self.check_subject(claims)
        self.check_times(claims, now)

    def check_issuer(self, claims: Fields) -> None:
        """Raise ValueError if `iss` is not our issuer (RFC 8725 section 3.8)."""
        if claims.get("iss") != ISSUER:
            raise ValueError("another issuer made it")

    def check_audience(self, claims: Fields) -> None:
        """Raise ValueError if `aud` is not this server alone (RFC 8725 section 3.9)."""
        if claims.get("aud") != AUDIENCE:
            raise ValueError("it is meant for somebody else")

    def check_subject(self, claims: Fields) -> None:
        """Raise ValueError if `sub` is not a text, or empty."""
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise ValueError("it is about nobody")

    def check_times(self, claims: Fields, now: int) -> None:
        """Check `exp`, `iat` and `nbf`, in seconds since 1970; a LEEWAY is given at the beginning alone.

        Raises ValueError.
        """
        times: list[Any] = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
        if not all(type(time) is int for time in times):
            raise ValueError("exp, iat or nbf is missing or not a whole number")
        expires, issued, not_before = times
        if expires <= now:
            raise ValueError("it has expired")
        if max(issued, not_before) > now + LEEWAY:
            raise ValueError("it is from the future")

    @property
    def about(self) -> str:
        """What is wrong with it, in one sentence."""
        return (self.__doc__ or "").split("\n\n")[0].replace("\n    ", " ")

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.about}"


def by_pyjwt(token: str, keys: Keys, now: int) -> dict[str, Any]:
    """Verify with PyJWT, and check by hand what it leaves to its caller.

    By itself it lets pass any `typ`, padding, a name that comes twice and text in `exp`, and takes no `now`.
    Returns the claims; raises ValueError for a token that is refused.
    """
    strict = ReferenceVerifier()
    header, payload, signature = strict.split(token)
    strict.decode(signature)
    fields = strict.read_header(header)
    strict.read_json(strict.decode(payload))
    alg, key = strict.find_key(fields, keys)
    options: Any = {"require": ["sub"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[alg], audience=AUDIENCE, issuer=ISSUER, options=options
        )
    except jwt.PyJWTError as error:
        raise ValueError(str(error)) from None
    strict.check_claims(claims, now)
    return claims
