"""Solutions of 03: a verifier, and an API that is guarded by it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request

Claims = dict[str, Any]
Verify = Callable[[str], dict[str, str]]


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")


def verify_hs256(token: str, key: bytes, now: int) -> Claims:
    """Refuse first, decode later: nothing is believed before the signature has been checked."""
    header, payload, signature = token.split(".")  # another number of parts is a ValueError already
    if json.loads(_bytes(header)).get("alg") != "HS256":
        raise ValueError("not HS256")
    expected = hmac.digest(key, f"{header}.{payload}".encode(), "sha256")
    if not hmac.compare_digest(expected, _bytes(signature)):
        raise ValueError("bad signature")
    claims = json.loads(_bytes(payload))
    if not isinstance(claims, dict) or not isinstance(claims.get("exp"), int):
        raise ValueError("no exp")
    if now >= claims["exp"]:
        raise ValueError("expired")
    return claims


def make_api(verify: Verify) -> Flask:
    """Ask one function in both routes: who is it, and what is the answer if nobody is known?"""
    app = Flask("api")

    def refuse(status: int, error: str = "") -> Response:
        challenge = 'Bearer realm="api"' + (f', error="{error}"' if error else "")
        return Response("refused", status, {"WWW-Authenticate": challenge})

    def caller() -> dict[str, str] | Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return refuse(401)
        try:
            return verify(token)
        except ValueError:
            return refuse(401, "invalid_token")

    @app.get("/me")
    def me() -> Response:
        claims = caller()
        return claims if isinstance(claims, Response) else jsonify(user=claims["sub"])

    @app.get("/admin")
    def admin() -> Response:
        claims = caller()
        if isinstance(claims, Response):
            return claims
        if claims.get("role") != "admin":
            return refuse(403, "insufficient_scope")
        return jsonify(user=claims["sub"])

    return app


solution = {"03-verify-hs256": verify_hs256, "03-make-api": make_api}


# --- well-known mistakes ---


def _read(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def refuses_everything(token: str, key: bytes, now: int) -> Claims:
    raise ValueError("no")


def looks_at_no_signature(token: str, key: bytes, now: int) -> Claims:
    claims: Claims = _read(token.split(".")[1])
    if now >= claims["exp"]:
        raise ValueError("expired")
    return claims


def signs_with_any_key(token: str, key: bytes, now: int) -> Claims:
    stranger = hashlib.sha256(b"another").digest()
    try:
        return verify_hs256(token, key, now)
    except ValueError:
        return verify_hs256(token, stranger, now)


def compares_the_beginning(token: str, key: bytes, now: int) -> Claims:
    header, payload, signature = token.split(".")
    whole = base64.urlsafe_b64encode(hmac.digest(key, f"{header}.{payload}".encode(), "sha256")).rstrip(b"=")
    same = signature and whole.decode().startswith(signature)
    return verify_hs256(f"{header}.{payload}.{whole.decode()}" if same else token, key, now)


def believes_alg_none(token: str, key: bytes, now: int) -> Claims:
    if _read(token.split(".")[0])["alg"] == "none":
        return looks_at_no_signature(token, key, now)
    return verify_hs256(token, key, now)


def lets_the_token_choose(token: str, key: bytes, now: int) -> Claims:
    header, payload, signature = token.split(".")
    digest = {"HS256": "sha256", "HS512": "sha512"}.get(_read(header)["alg"])
    if digest is None or hmac.digest(key, f"{header}.{payload}".encode(), digest) != _bytes(signature):
        raise ValueError("bad signature")
    return looks_at_no_signature(token, key, now)


def ignores_the_header(token: str, key: bytes, now: int) -> Claims:
    header, payload, signature = token.split(".")
    if hmac.digest(key, f"{header}.{payload}".encode(), "sha256") != _bytes(signature):
        raise ValueError("bad signature")
    return looks_at_no_signature(token, key, now)


def ends_a_second_early(token: str, key: bytes, now: int) -> Claims:
    return verify_hs256(token, key, now + 1)


def ends_a_second_late(token: str, key: bytes, now: int) -> Claims:
    return verify_hs256(token, key, now - 1)


def never_expires(token: str, key: bytes, now: int) -> Claims:
    return verify_hs256(token, key, 0)


def lets_exp_be_missing(token: str, key: bytes, now: int) -> Claims:
    if "exp" not in _read(token.split(".")[1]):
        claims: Claims = _read(token.split(".")[1])
        return claims
    return verify_hs256(token, key, now)


def trips_over_a_missing_exp(token: str, key: bytes, now: int) -> Claims:
    _read(token.split(".")[1])["exp"]
    return verify_hs256(token, key, now)


def compares_exp_with_anything(token: str, key: bytes, now: int) -> Claims:
    if now >= _read(token.split(".")[1]).get("exp", now):
        raise ValueError("expired")
    return verify_hs256(token, key, now)


def expects_three_parts(token: str, key: bytes, now: int) -> Claims:
    parts = token.split(".")
    payload, _signature = parts[1], parts[2]
    if isinstance(_read(payload), list):
        raise ValueError("no claims")
    return verify_hs256(token, key, now)


def expects_an_object(token: str, key: bytes, now: int) -> Claims:
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("three parts")
    _read(parts[1]).get("exp")
    return verify_hs256(token, key, now)


Build = Callable[[Verify], Flask]
Check = Callable[[Verify], Any]


def _api(name: str, **views: Callable[[Verify], Any]) -> Build:
    """Take the right API, and answer a route in another way."""

    def build(verify: Verify) -> Flask:
        app = make_api(verify)
        for endpoint, view in views.items():
            app.view_functions[endpoint] = lambda view=view: view(verify)
        return app

    build.__name__ = name
    return build


def _refused(status: int = 401, challenge: str = 'Bearer realm="api"', text: str = "refused") -> Response:
    return Response(text, status, {"WWW-Authenticate": challenge} if challenge else {})


_INVALID = 'Bearer realm="api", error="invalid_token"'


def _sent() -> str:
    """Return the token of the header; empty without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _user(verify: Verify, token: str) -> Response:
    try:
        return jsonify(user=verify(token)["sub"]) if token else _refused()
    except ValueError:
        return _refused(challenge=_INVALID)


def _shows_all_claims(verify: Verify) -> Any:
    return jsonify(verify(_sent())) if _sent() else _refused()


def _plain_401(verify: Verify) -> Any:
    try:
        return jsonify(user=verify(_sent())["sub"])
    except ValueError:
        return _refused(challenge="")


def _always_an_error(verify: Verify) -> Any:
    try:
        return jsonify(user=verify(_sent())["sub"])
    except ValueError:
        return _refused(challenge=_INVALID)


def _never_an_error(verify: Verify) -> Any:
    try:
        return jsonify(user=verify(_sent())["sub"])
    except ValueError:
        return _refused()


def _crashes_on_bad_tokens(verify: Verify) -> Any:
    return jsonify(user=verify(_sent())["sub"]) if _sent() else _refused()


def _wants_a_capital(verify: Verify) -> Any:
    return _user(verify, _sent() if "Bearer" in request.headers.get("Authorization", "") else "")


def _takes_any_scheme(verify: Verify) -> Any:
    return _user(verify, request.headers.get("Authorization", "").partition(" ")[2])


def _takes_the_second_word(verify: Verify) -> Any:
    header = request.headers.get("Authorization", "")
    return _user(verify, header.split(" ")[1] if header[:6].lower() == "bearer" else "")


def _needs_no_scheme(verify: Verify) -> Any:
    header = request.headers.get("Authorization", "")
    return _user(verify, _sent() or ("" if " " in header or header == "Bearer" else header))


def _reads_the_address_too(verify: Verify) -> Any:
    return _user(verify, _sent() or request.args.get("access_token", ""))


def _reads_a_cookie_too(verify: Verify) -> Any:
    return _user(verify, _sent() or request.cookies.get("token", ""))


def _tells_the_reason(verify: Verify) -> Any:
    try:
        return _user(verify, _sent()) if not _sent() else jsonify(user=verify(_sent())["sub"])
    except ValueError as error:
        return _refused(challenge=_INVALID, text=str(error))


def _admin_if(verify: Verify, good: Callable[[dict[str, str]], bool], otherwise: Response) -> Any:
    answer = _user(verify, _sent())
    if answer.status_code != 200:
        return answer
    return answer if good(verify(_sent())) else otherwise


_SCOPE = 'Bearer realm="api", error="insufficient_scope"'


def _locks_admins_out(verify: Verify) -> Any:
    return _admin_if(verify, lambda claims: claims.get("role") == "Admin", _refused(403, _SCOPE))


def _asks_for_any_token(verify: Verify) -> Any:
    return _user(verify, _sent())


def _says_401_for_ada(verify: Verify) -> Any:
    return _admin_if(verify, lambda claims: claims.get("role") == "admin", _refused(401, _INVALID))


def _says_403_to_strangers(verify: Verify) -> Any:
    return _admins_only(verify) if _sent() else _refused(403, _SCOPE)


def _admins_only(verify: Verify) -> Any:
    return _admin_if(verify, lambda claims: claims.get("role") == "admin", _refused(403, _SCOPE))


def _expects_a_role(verify: Verify) -> Any:
    return _admin_if(verify, lambda claims: claims["role"] == "admin", _refused(403, _SCOPE))


def _refuses_users_only(verify: Verify) -> Any:
    return _admin_if(verify, lambda claims: claims.get("role") != "user", _refused(403, _SCOPE))


wrong = {
    "03-verify-hs256": [
        (refuses_everything, "An honest token must get through"),
        (looks_at_no_signature, "Only the signature shows it"),
        (signs_with_any_key, "somebody else's key"),
        (compares_the_beginning, "Half a signature is none"),
        (believes_alg_none, "asks you not to check"),
        (lets_the_token_choose, "One key, one algorithm"),
        (ignores_the_header, "The signature fits, the header does not"),
        (ends_a_second_early, "One second before `exp`"),
        (ends_a_second_late, "At `exp` it is over"),
        (never_expires, "At `exp` it is over"),
        (lets_exp_be_missing, "good for ever"),
        (trips_over_a_missing_exp, "good for ever"),
        (compares_exp_with_anything, "must be a number"),
        (expects_three_parts, "Anybody can send anything"),
        (expects_an_object, "only an object will do"),
    ],
    "03-make-api": [
        (lambda verify: Flask("api"), "404, no challenge"),
        (_api("shows_all_claims", me=_shows_all_claims), "The claim `sub` says who it is"),
        (_api("plain_401", me=_plain_401), "401, no challenge"),
        (_api("always_an_error", me=_always_an_error), "there is no error to report yet"),
        (_api("never_an_error", me=_never_an_error), "tells the client what to do"),
        (_api("crashes_on_bad_tokens", me=_crashes_on_bad_tokens), "ValueError: it has expired"),
        (_api("wants_a_capital", me=_wants_a_capital), "the same in upper and lower case"),
        (_api("takes_any_scheme", me=_takes_any_scheme), "Basic carries a password"),
        (_api("takes_the_second_word", me=_takes_the_second_word), "must not end in a crash"),
        (_api("needs_no_scheme", me=_needs_no_scheme), "200 ada for 'token-of-ada'"),
        (_api("reads_the_address_too", me=_reads_the_address_too), "Addresses end up in logs"),
        (_api("reads_a_cookie_too", me=_reads_a_cookie_too), "needs no CSRF defence"),
        (_api("tells_the_reason", me=_tells_the_reason), "how far a forgery got"),
        (_api("locks_admins_out", admin=_locks_admins_out), "so she may"),
        (_api("asks_for_any_token", admin=_asks_for_any_token), "Known, and not allowed"),
        (_api("says_401_for_ada", admin=_says_401_for_ada), "fetch a new token again and again"),
        (_api("says_403_to_strangers", admin=_says_403_to_strangers), "First who, then whether"),
        (_api("expects_a_role", admin=_expects_a_role), "gives no right, and no crash"),
        (_api("refuses_users_only", admin=_refuses_users_only), "gives no right, and no crash"),
    ],
}
