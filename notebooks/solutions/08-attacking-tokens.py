"""Solutions of 08: a verifier that stops every forgery, and tests that catch every broken verifier."""

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

import jwt

from labserver.kit.forgery import forge
from labserver.kit.forgery.broken_verifiers import BROKEN
from labserver.kit.forgery.mint import Keys, Mint
from labserver.kit.forgery.reference_verifier import ReferenceVerifier

Claims = dict[str, Any]
Verify = Callable[[str, Keys, int], Claims]


def b64url_decode(text: str) -> bytes:
    """Decode, and refuse any other spelling: the exercise of 03."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("another spelling")
    return data


def once(pairs: list[tuple[str, Any]]) -> Claims:
    """Refuse a name that comes twice."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name comes twice")
    return dict(pairs)


def read(part: str) -> Claims:
    """Read a part that has to be a JSON object."""
    fields = json.loads(b64url_decode(part), object_pairs_hook=once)
    if not isinstance(fields, dict):
        raise ValueError("not an object")
    return fields


def verify(token: str, keys: Keys, now: int) -> Claims:
    """Refuse first, believe later: length, parts, header, key, signature, and only then the claims."""
    if len(token) > 8192:
        raise ValueError("too long")
    header_part, payload, signature = token.split(".")
    header = read(header_part)
    if header.keys() != {"alg", "kid", "typ"} or header["typ"] != "at+jwt":
        raise ValueError("not the header of an access token")
    if not isinstance(header["kid"], str) or header["kid"] not in keys:
        raise ValueError("no such key")
    alg, key = keys[header["kid"]]
    if header["alg"] != alg:
        raise ValueError("not the algorithm of its key")
    algorithm = jwt.get_algorithm_by_name(alg)
    message = f"{header_part}.{payload}".encode()
    if not algorithm.verify(message, algorithm.prepare_key(key), b64url_decode(signature)):
        raise ValueError("not signed by its key")
    claims = read(payload)
    times = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
    if any(type(time) is not int for time in times):
        raise ValueError("a time is missing, or no whole number")
    if claims["exp"] <= now or claims["iat"] > now + 60 or claims.get("nbf", 0) > now + 60:
        raise ValueError("not at this time")
    if claims.get("iss") != "labserver" or claims.get("aud") != "labserver-api":
        raise ValueError("not from our issuer, or not for us")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise ValueError("about nobody")
    return claims


mint = Mint()
grace = mint.claims(sub="grace", role="admin")
good = [mint.token(kid) for kid in mint.keys]
bad = {
    "BelievesNone": forge.unsigned(grace, mint.header())[0],
    "LetsTheTokenChoose": forge.hmac_signed(grace, mint.header("k3"), mint.keys["k3"][1]),
    "LooksAtNoSignature": mint.token("k3", sub="grace").rpartition(".")[0] + "." + "A" * 86,
    "ComparesTheBeginning": mint.token(sub="grace").rpartition(".")[0] + ".",
    "TriesEveryKey": mint.token(header={"kid": "k9"}),
    "TrustsJwk": forge.signed_by_own_key(grace, mint.header("k3")),
    "ForgetsTyp": mint.token(header={"typ": "rt+jwt"}),
    "ForgetsExp": mint.token(exp=mint.now - 3600),
    "LetsExpBeMissing": mint.token(without="exp"),
    "ForgetsAudience": mint.token(aud="another-service"),
    "FindsAudienceWithin": mint.token(aud="labserver-api.example"),
    "ForgetsIssuer": mint.token(iss="elsewhere"),
}


def gets_in(verify: Verify, token: str) -> bool:
    """Tell whether it is let in; only ValueError is a refusal."""
    try:
        verify(token, mint.keys, mint.now)
    except ValueError:
        return False
    return True


def wrong_about(verify: Verify, good: Iterable[str], bad: Iterable[str]) -> bool:
    return not all(gets_in(verify, token) for token in good) or any(gets_in(verify, token) for token in bad)


def catches(verify: Verify) -> bool:
    """Try four honest tokens, and one bad one for each fault."""
    return wrong_about(verify, good, bad.values())


solution = {"08-verify": verify, "08-catches": catches}


# --- well-known mistakes: every broken verifier, and those that are too strict ---


class KnowsOneSecret(ReferenceVerifier):
    def find_key(self, header: Claims, keys: Keys) -> tuple[str, bytes]:
        return super().find_key(header, {header["kid"]: next(iter(keys.values()))})


class KnowsSecretsOnly(ReferenceVerifier):
    def find_key(self, header: Claims, keys: Keys) -> tuple[str, bytes]:
        return super().find_key(header, {kid: pair for kid, pair in keys.items() if pair[0] == "HS256"})


class KnowsNoEdwardsCurve(ReferenceVerifier):
    def find_key(self, header: Claims, keys: Keys) -> tuple[str, bytes]:
        return super().find_key(header, {kid: pair for kid, pair in keys.items() if pair[0] != "EdDSA"})


class EndsASecondEarly(ReferenceVerifier):
    def check_times(self, claims: Claims, now: int) -> None:
        super().check_times(claims, now + (claims.get("exp") == now + 1))


class AllowsNoDifferenceOfClocks(ReferenceVerifier):
    def check_times(self, claims: Claims, now: int) -> None:
        super().check_times(claims, now)
        if max(claims["iat"], claims.get("nbf", 0)) > now:
            raise ValueError("from the future")


class RefusesUnknownClaims(ReferenceVerifier):
    def check_claims(self, claims: Claims, now: int) -> None:
        super().check_claims(claims, now)
        if claims.keys() - {"iss", "sub", "aud", "client_id", "iat", "exp", "nbf", "jti", "role"}:
            raise ValueError("what is that?")


class ReadsPlainEnglish(ReferenceVerifier):
    def check_subject(self, claims: Claims) -> None:
        super().check_subject(claims)
        if not claims["sub"].isascii():
            raise ValueError("not a name")


def leaves_it_to_the_library(token: str, keys: Keys, now: int) -> Claims:
    alg, key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: Claims = jwt.decode(token, key, algorithms=[alg])
    return claims


def returns_none_for_no(token: str, keys: Keys, now: int) -> Claims | None:
    try:
        return verify(token, keys, now)
    except ValueError:
        return None


def raises_what_the_library_raises(token: str, keys: Keys, now: int) -> Claims:
    jwt.get_unverified_header(token)
    return verify(token, keys, now)


# --- tests that forget something ---


def without(*names: str) -> Callable[[Verify], bool]:
    def forgetful(verify: Verify) -> bool:
        return wrong_about(verify, good, [token for fault, token in bad.items() if fault not in names])

    forgetful.__name__ = f"without_{'_and_'.join(names)}"
    return forgetful


def tries_bad_tokens_only(verify: Verify) -> bool:
    return wrong_about(verify, [], bad.values())


def takes_an_honest_token_for_bad(verify: Verify) -> bool:
    return wrong_about(verify, good, [*bad.values(), mint.token(iat=mint.now + 30)])


def lets_the_refusal_through(verify: Verify) -> bool:
    return any(verify(token, mint.keys, mint.now) for token in bad.values())


MESSAGES = {
    "BelievesNone": "by writing `none`",
    "BlocksOneSpellingOfNone": "by writing `none`",
    "LetsTheTokenChoose": "the public key signs whatever one likes",
    "LooksAtNoSignature": "none of your keys has signed",
    "ComparesTheBeginning": "one byte takes 256 tries",
    "TrustsJwk": "so it proves nothing",
    "ReadsKidAsPath": "a file that everybody can fetch",
    "HasAnEmptyKey": "an empty one everybody has",
    "TriesEveryKey": "opens on under any other name",
    "FallsBackOnTheFirstKey": "opens on under any other name",
    "IgnoresAlg": "The header lies",
    "ForgetsTyp": "for two weeks",
    "ForgetsExp": "it is the end that stops a thief",
    "EndsASecondLate": "it is the end that stops a thief",
    "LetsExpBeMissing": "cannot be waited out",
    "ReadsTimeFromText": "later than any year",
    "ForgetsNbf": "used now",
    "ForgetsAudience": "owner of another service",
    "FindsAudienceWithin": "may register a service",
    "ForgetsIssuer": "Another issuer's grace",
    "ForgetsSubject": "names nobody",
    "IgnoresTheUnknown": "`crit` says",
    "TakesTheLastOfTwo": "two readings",
    "ForgivesSpelling": "no list of refused tokens knows it",
    "IgnoresFurtherParts": "signed by nobody",
    "CountsOnThreeParts": "by sending anything",
    "ReadsAnyLength": "makes you work",
    "CountsOnAnObject": "neither claims nor an alg",
    "CountsOnText": "a list cannot be looked up",
}

COVERED = {
    "LooksAtNoSignature": "ComparesTheBeginning",
    "ForgetsExp": "LetsExpBeMissing",
    "ForgetsAudience": "FindsAudienceWithin",
}
"""Who forgets a thing altogether is caught by either token; so a mistake has to forget both."""

wrong = {
    "08-verify": [
        *((BROKEN[name], message) for name, message in MESSAGES.items()),
        (leaves_it_to_the_library, "an honest caller was refused"),
        (KnowsOneSecret(), "two of a kind"),
        (KnowsSecretsOnly(), "here ES256"),
        (KnowsNoEdwardsCurve(), "here EdDSA"),
        (EndsASecondEarly(), "One second before `exp`"),
        (AllowsNoDifferenceOfClocks(), "may be fast"),
        (RefusesUnknownClaims(), "to be ignored"),
        (ReadsPlainEnglish(), "A name is any text"),
        (returns_none_for_no, "None, and no exception"),
        (raises_what_the_library_raises, "a crash lets nobody in"),
    ],
    "08-catches": [
        *((without(name), f"differs: {name}") for name in bad if name not in COVERED),
        *((without(name, other), f"differs: {name}") for name, other in COVERED.items()),
        (tries_bad_tokens_only, "bad tokens alone never show"),
        (takes_an_honest_token_for_bad, "soon switched off"),
        (lets_the_refusal_through, "ValueError"),
    ],
}
