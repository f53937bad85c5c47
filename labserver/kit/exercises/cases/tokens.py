"""The exercises of 03: base64url with one spelling, a verifier, and the right key for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from labserver.kit.exercises.case import Case, Exercise, Raises

_REFUSED = Raises(ValueError)

_B64URL_DECODE = Exercise(
    name="03-b64url-decode",
    call="b64url_decode(text)",
    goal="Return the bytes that unpadded base64url text stands for; raise ValueError for any other spelling.",
    cases=(
        Case(("YWRh",), b"ada", "Four characters carry three bytes, with nothing left over."),
        Case(("YWRhIQ",), b"ada!", "Tokens drop the `=` at the end; Python's decoder wants it back."),
        Case(
            ("YWRhISE",),
            b"ada!!",
            "Sometimes one `=` is missing and sometimes two: it depends on the length.",
        ),
        Case(
            ("-_-_",), b"\xfb\xff\xbf", "The URL alphabet has `-` and `_` where plain Base64 has `+` and `/`."
        ),
        Case(("+/+/",), _REFUSED, "`+` and `/` are not in this alphabet, so this is not one of our tokens."),
        Case(("YWRhIQ==",), _REFUSED, "With the padding let in, one token would have two spellings."),
        Case(
            ("YWRh!IQ",),
            _REFUSED,
            "Python skips strange characters in silence, so a changed token reads the same.",
        ),
        Case(
            ("YWRhI",), _REFUSED, "No bytes have this length: one character alone carries only 6 of 8 bits."
        ),
        Case(
            ("YWRhIR",),
            _REFUSED,
            "`YWRhIQ` and `YWRhIR` give the same bytes, as the last bits are ignored; a list of "
            "refused tokens "
            "would stop only one of them.",
        ),
    ),
    done="One meaning, one spelling: anyone who blocks a token by its text depends on that.",
)

_KEY = b"a key for this exercise, 32 byte"
_NOW = 1_000_000


def _segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _token(
    claims: object, alg: str = "HS256", key: bytes = _KEY, digest: str = "sha256", signed: bool = True
) -> str:
    signing_input = f"{_segment({'alg': alg, 'typ': 'at+jwt'})}.{_segment(claims)}"
    signature = hmac.digest(key, signing_input.encode(), digest) if signed else b""
    return f"{signing_input}.{_segment(signature)}"


def _claims(**others: Any) -> dict[str, Any]:
    return {"sub": "ada", "exp": _NOW + 900, **others}


_GOOD = _token(_claims())
_FORGED = ".".join([_GOOD.split(".")[0], _segment(_claims(sub="grace")), _GOOD.split(".")[2]])

_VERIFY_HS256 = Exercise(
    name="03-verify-hs256",
    call="verify_hs256(token, key, now)",
    goal="Return the claims of a token that is HS256, well signed and not expired; raise ValueError "
    "for any other.",
    cases=(
        Case(
            (_GOOD, _KEY, _NOW),
            _claims(),
            "An honest token must get through; a check that refuses all is no check.",
        ),
        Case(
            (_FORGED, _KEY, _NOW),
            _REFUSED,
            "The claims were changed from ada to grace after the signing. Only the signature shows it.",
        ),
        Case(
            (_token(_claims(), key=hashlib.sha256(b"another").digest()), _KEY, _NOW),
            _REFUSED,
            "Well signed, but with somebody else's key: anybody can do that.",
        ),
        Case(
            (_GOOD[:-20], _KEY, _NOW),
            _REFUSED,
            "Half a signature is none. Compare all of it, with `hmac.compare_digest`.",
        ),
        Case(
            (_token(_claims(), alg="none", signed=False), _KEY, _NOW),
            _REFUSED,
            "`alg: none` asks you not to check. The header comes from the sender, so it does not "
            "decide what is checked.",
        ),
        Case(
            (_token(_claims(), alg="HS512", digest="sha512"), _KEY, _NOW),
            _REFUSED,
            "The server chose HS256 for this key. One key, one algorithm: pinned, not read from the token.",
        ),
        Case(
            (_token(_claims(), alg="none"), _KEY, _NOW),
            _REFUSED,
            "The signature fits, the header does not: anyone who reads `none` next would check nothing.",
        ),
        Case((_GOOD, _KEY, _NOW + 899), _claims(), "One second before `exp` the token is good."),
        Case(
            (_GOOD, _KEY, _NOW + 900),
            _REFUSED,
            "At `exp` it is over: `on or after` that time it must be refused (RFC 7519, section 4.1.4).",
        ),
        Case(
            (_token({"sub": "ada"}), _KEY, _NOW),
            _REFUSED,
            "Without `exp` it would be good for ever, and nobody could end it.",
        ),
        Case(
            (_token({"sub": "ada", "exp": "tomorrow"}), _KEY, _NOW),
            _REFUSED,
            "`exp` must be a number; a TypeError here would be a 500 instead of a 401.",
        ),
        Case(
            ("not a token", _KEY, _NOW),
            _REFUSED,
            "Anybody can send anything: it must end in a 401, not in a crash.",
        ),
        Case(
            (_token(["ada"]), _KEY, _NOW),
            _REFUSED,
            "A list is JSON, but it has no claims; only an object will do.",
        ),
    ),
    done="Twelve ways to be wrong, and your verifier refuses them all. Note that it never asked a database.",
)


def _jwk(kid: str | None, alg: str = "ES256") -> dict[str, str]:
    shape = {"kty": "EC", "crv": "P-256"} if alg == "ES256" else {"kty": "OKP", "crv": "Ed25519"}
    return {**shape, "alg": alg, "use": "sig", **({"kid": kid} if kid else {})}


_OLD, _NEW, _ED = _jwk("k1"), _jwk("k2"), _jwk("k3", "EdDSA")
_SET = {"keys": [_OLD, _NEW, _ED]}


def _header(**fields: Any) -> dict[str, Any]:
    return {"typ": "at+jwt", **fields}


_PICK_KEY = Exercise(
    name="03-pick-key",
    call="pick_key(jwks, header)",
    goal="Return the key that the header's kid names, if its alg is the header's too; raise "
    "ValueError otherwise.",
    cases=(
        Case((_SET, _header(kid="k1", alg="ES256")), _OLD, "The kid names the key."),
        Case(
            (_SET, _header(kid="k2", alg="ES256")),
            _NEW,
            "While keys rotate there are two. The name decides, never the place in the list.",
        ),
        Case((_SET, _header(kid="k3", alg="EdDSA")), _ED, "Different keys may sign by different algorithms."),
        Case(
            (_SET, _header(kid="k9", alg="ES256")),
            _REFUSED,
            "A kid that nobody knows is refused; falling back on some other key hides a mistake, or "
            "an attack.",
        ),
        Case(
            ({"keys": [_OLD]}, _header(alg="ES256")),
            _REFUSED,
            "No kid, no key, even if there is only one: next week there are two.",
        ),
        Case(
            (_SET, _header(kid="k1", alg="HS256")),
            _REFUSED,
            "A public key is no secret. Used as an HS256 key it lets anybody sign: that is algorithm "
            "confusion.",
        ),
        Case(
            ({"keys": [_jwk(None), _NEW]}, _header(kid="k2", alg="ES256")),
            _NEW,
            "An unnamed key in the set is skipped; it must not stop the search.",
        ),
        Case(
            ({"keys": [_jwk(None)]}, _header(alg="ES256")),
            _REFUSED,
            "No name on either side is not a match.",
        ),
        Case(
            (_SET, _header(kid="k1", alg="ES256", jwk=_jwk("k1"))),
            _REFUSED,
            "A header that brings a key of its own would have you check the sender by the sender's word.",
        ),
        Case(
            ({"keys": []}, _header(kid="k1", alg="ES256")), _REFUSED, "An empty set matches nothing, calmly."
        ),
    ),
    done="The key comes from your own set, by name, for one algorithm. Rotation and refusal both "
    "rest on that.",
)

EXERCISES = (_B64URL_DECODE, _VERIFY_HS256, _PICK_KEY)
