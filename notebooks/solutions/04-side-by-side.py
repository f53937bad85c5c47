"""Solution of 04: one door for two kinds of credential and two carriers."""

import hmac
from collections.abc import Callable

from flask import Flask, abort, request

Sessions = dict[str, str]
Verify = Callable[[str], dict[str, str]]
CsrfOf = Callable[[str], str]


def make_door(sessions: Sessions, verify: Verify, csrf_of: CsrfOf) -> Flask:
    """Ask two questions, each in its own function: where is the credential, and whom does it mean?"""
    app = Flask("door")

    def carried() -> tuple[str, str]:
        found = []
        if "grid" in request.cookies:
            found.append(("cookie", request.cookies["grid"]))
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and value:
            found.append(("header", value))
        if len(found) > 1:
            abort(400)
        if not found:
            abort(401)
        return found[0]

    def meant(credential: str) -> str:
        if credential.count(".") == 2:
            try:
                return verify(credential)["sub"]
            except ValueError:
                abort(401)
        if credential not in sessions:
            abort(401)
        return sessions[credential]

    @app.get("/me")
    def me() -> str:
        _, credential = carried()
        return meant(credential)

    @app.post("/email")
    def email() -> str:
        carrier, credential = carried()
        user = meant(credential)
        sent = request.headers.get("X-CSRF-Token", "")
        if carrier == "cookie" and not hmac.compare_digest(sent.encode(), csrf_of(credential).encode()):
            abort(403)
        return user

    return app


solution = {"04-make-door": make_door}


# --- well-known mistakes: the same door, wrong in one place ---


def _carried() -> list[tuple[str, str]]:
    found = [("cookie", request.cookies["grid"])] if "grid" in request.cookies else []
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return [*found, ("header", value)] if scheme.lower() == "bearer" and value else found


def _one() -> tuple[str, str]:
    found = _carried()
    if len(found) != 1:
        abort(400 if found else 401)
    return found[0]


def _means(sessions: Sessions, verify: Verify, credential: str) -> str:
    try:
        return verify(credential)["sub"] if credential.count(".") == 2 else sessions[credential]
    except (KeyError, ValueError):
        abort(401)


def _door(me: Callable[[], str], email: Callable[[], str]) -> Flask:
    app = Flask("door")
    app.get("/me")(me)
    app.post("/email", endpoint="email")(email)
    return app


def _reads_so(answer: Callable[[Sessions, Verify], str]) -> Callable[[Sessions, Verify, CsrfOf], Flask]:
    """Build a door that is wrong about who somebody is, in both routes."""

    def make_door(sessions: Sessions, verify: Verify, csrf_of: CsrfOf) -> Flask:
        def page() -> str:
            return answer(sessions, verify)

        return _door(page, page)

    return make_door


def _changes_so(
    allowed: Callable[[CsrfOf, str, str, str], bool],
) -> Callable[[Sessions, Verify, CsrfOf], Flask]:
    """Build a door that knows who somebody is, and is wrong about which changes it lets through."""

    def make_door(sessions: Sessions, verify: Verify, csrf_of: CsrfOf) -> Flask:
        def me() -> str:
            return _means(sessions, verify, _one()[1])

        def email() -> str:
            carrier, credential = _one()
            user = _means(sessions, verify, credential)
            sent = request.headers.get("X-CSRF-Token", "")
            if not allowed(csrf_of, carrier, credential, sent):
                abort(403)
            return user

        return _door(me, email)

    return make_door


def knows_cookies_only(sessions: Sessions, verify: Verify) -> str:
    return _means(sessions, verify, request.cookies["grid"]) if "grid" in request.cookies else abort(401)


def takes_the_carrier_for_the_kind(sessions: Sessions, verify: Verify) -> str:
    carrier, credential = _one()
    return sessions.get(credential) or abort(401) if carrier == "cookie" else verify(credential)["sub"]


def says_header_means_jwt(sessions: Sessions, verify: Verify) -> str:
    carrier, credential = _one()
    if carrier == "header" and credential.count(".") != 2:
        abort(401)
    return _means(sessions, verify, credential)


def crashes_for_strangers(sessions: Sessions, verify: Verify) -> str:
    return _means(sessions, verify, _carried()[0][1])


def looks_up_without_care(sessions: Sessions, verify: Verify) -> str:
    _, credential = _one()
    return verify(credential)["sub"] if credential.count(".") == 2 else sessions[credential]


def lets_the_error_through(sessions: Sessions, verify: Verify) -> str:
    _, credential = _one()
    if credential.count(".") == 2:
        return verify(credential)["sub"]
    return sessions.get(credential) or abort(401)


def prefers_the_cookie(sessions: Sessions, verify: Verify) -> str:
    found = _carried()
    return _means(sessions, verify, found[0][1]) if found else abort(401)


def guards_one_route(sessions: Sessions, verify: Verify, csrf_of: CsrfOf) -> Flask:
    return _door(lambda: _means(sessions, verify, _one()[1]), lambda: "ada")


def makes_the_token_of_the_wrong_text(csrf_of: CsrfOf, carrier: str, credential: str, sent: str) -> bool:
    return carrier == "header" or sent == csrf_of(f"grid={credential}")


def forgets_forged_requests(csrf_of: CsrfOf, carrier: str, credential: str, sent: str) -> bool:
    return True


def wants_any_token(csrf_of: CsrfOf, carrier: str, credential: str, sent: str) -> bool:
    return carrier == "header" or sent != ""


def trusts_a_jwt_in_a_cookie(csrf_of: CsrfOf, carrier: str, credential: str, sent: str) -> bool:
    return carrier == "header" or credential.count(".") == 2 or sent == csrf_of(credential)


def asks_everybody(csrf_of: CsrfOf, carrier: str, credential: str, sent: str) -> bool:
    return sent == csrf_of(credential)


wrong = {
    "04-make-door": [
        (_reads_so(knows_cookies_only), "The classic token"),
        (_reads_so(takes_the_carrier_for_the_kind), "A cookie may carry a JWT"),
        (_reads_so(says_header_means_jwt), "A header may carry an opaque id"),
        (_reads_so(crashes_for_strangers), "Somebody unknown is refused with 401"),
        (_reads_so(looks_up_without_care), "After a logout the row is gone"),
        (_reads_so(lets_the_error_through), "raises ValueError for a token that is not good"),
        (_reads_so(prefers_the_cookie), "Two credentials may name two people"),
        (guards_one_route, "One that was forgotten is open to everybody"),
        (_changes_so(makes_the_token_of_the_wrong_text), "It has to get through"),
        (_changes_so(forgets_forged_requests), "does not show that Ada wanted this"),
        (_changes_so(wants_any_token), "It must fit this very credential"),
        (_changes_so(trusts_a_jwt_in_a_cookie), "A signature does not show whose page asked"),
        (_changes_so(asks_everybody), "No browser adds this header by itself"),
    ],
}
