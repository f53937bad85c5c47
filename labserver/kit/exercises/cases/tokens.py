"""An exercise of 03: a verifier for HS256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from labserver.kit.exercises.case import Case, Exercise, Raises

_REFUSED = Raises(ValueError)

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
    done="It matters because these lines are the whole lock: no database stands behind them. A colleague "
    "would call `jwt.decode` of PyJWT with `algorithms`, `audience`, `issuer` and `require`, and add the "
    "claims that yours does not look at yet: 08 attacks those.",
)

EXERCISES = (_VERIFY_HS256,)
