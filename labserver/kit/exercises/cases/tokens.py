"""The exercises of 03: a verifier, and an API that is guarded by it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from labserver.kit.exercises import api_scenarios as api
from labserver.kit.exercises.case import Case, Exercise, Raises
from labserver.kit.exercises.scenarios import KEPT_OUT

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


def _case(scenario: Callable[..., str], name: str, expect: str, why: str) -> Case:
    return Case((api.verify,), expect, why, name, ("verify",), scenario)


_MAKE_API = Exercise(
    name="03-make-api",
    call="make_api(verify)",
    goal="A Flask app: GET /me and GET /admin, guarded by the Bearer token of the Authorization header.",
    cases=(
        _case(
            api.good_token, "a good token", "200 ada", "The claim `sub` says who it is; no look-up is needed."
        ),
        _case(
            api.no_token,
            "no token",
            "401, Bearer",
            "A `401` names the scheme that is wanted, in WWW-Authenticate. Nothing was sent, so there is "
            "no error to report yet (RFC 6750, section 3.1).",
        ),
        _case(
            api.bad_token,
            "an expired token",
            "401, Bearer invalid_token",
            "`invalid_token` tells the client what to do: get a new token, and try again (RFC 6750, "
            "section 3.1).",
        ),
        _case(
            api.small_letters,
            "bearer in small letters",
            "200 ada",
            "Scheme names are the same in upper and lower case (RFC 9110, section 11.1).",
        ),
        _case(
            api.another_scheme,
            "another scheme",
            "401, Bearer",
            "Basic brings a password, not a token: it is refused like a request without one, and nothing "
            "in it is taken for a token.",
        ),
        _case(
            api.half_a_header,
            "half a header",
            "refused, and no crash",
            "Anybody can send anything: a header without a token must not end in a crash, and so in a 500.",
        ),
        _case(
            api.in_the_address,
            "a token in the address",
            KEPT_OUT,
            "Addresses end up in logs and in the browser's history (RFC 9700, section 4.3.2).",
        ),
        _case(
            api.in_a_cookie,
            "a token in a cookie",
            KEPT_OUT,
            "A browser adds cookies by itself, also when another site causes the request. An API that "
            "takes tokens from a header only needs no CSRF defence.",
        ),
        _case(
            api.one_refusal,
            "two different bad tokens",
            "the same answer",
            "The reason for a refusal belongs into your log. Told to the sender, it says how far a forgery "
            "got.",
        ),
        _case(api.admin, "grace, an admin", "200 grace", "Her token says `role: admin`, so she may."),
        _case(
            api.not_admin,
            "ada at the admin's page",
            "403, Bearer insufficient_scope",
            "Known, and not allowed: that is `403` with `insufficient_scope`. With `401` her client would "
            "fetch a new token again and again.",
        ),
        _case(
            api.admin_unknown,
            "nobody at the admin's page",
            "401, Bearer",
            "First who, then whether: a stranger gets `401` here as well.",
        ),
        _case(
            api.no_role,
            "a token without a role",
            "403, Bearer insufficient_scope",
            "A claim that is missing gives no right, and no crash.",
        ),
    ),
    done="This is the check that each request to an API passes. It matters because one forgotten route is "
    "open to everybody. A colleague might write it once, as a decorator or in `before_request`, and list "
    "the routes that are open; then a new route is closed until somebody opens it.",
)

EXERCISES = (_VERIFY_HS256, _MAKE_API)
