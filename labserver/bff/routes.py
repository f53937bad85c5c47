"""`/bff/*`, the backend for frontend (RFC 10017 section 6.1): the browser holds a cookie, we the tokens.

This is a client of the API, as the app in a browser is one: it logs in at `/token/login`, adds the access
token to each request and refreshes it when it has expired. The browser gets no token, so no script can take
one away. Only the paths below are passed on (section 6.1.3.6). Here the API is a part of the same server; it
could as well be on another machine.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response

from labserver.auth.sessions import Session
from labserver.bff.api import call
from labserver.bff.tokens import HeldTokens
from labserver.errors import LabError, StoreDown
from labserver.web.csrf import ORIGIN_ERRORS
from labserver.web.endpoint import Authenticator, answer, endpoint
from labserver.web.routes.flow import EMAIL, LOGIN, LOGIN_ERRORS, Caller, Flow
from labserver.web.schemas import obj, ref
from labserver.web.services import Services


def bff_blueprint(services: Services) -> Blueprint:
    """Build `/bff/*`. Its sessions are like all others, but for the sealed tokens in their rows."""
    bff = Blueprint("bff", __name__, url_prefix="/bff")
    sessions, carrier, tokens = services.sessions, services.bff_cookie, HeldTokens(services.sessions)
    flow = Flow("/bff", services.opaque, carrier, login_schema="LoggedIn", me_schema="LoggedIn")
    reader, changer = flow.authenticator(), flow.authenticator(change=True)

    @endpoint(
        bff,
        "POST /login",
        body=LOGIN,
        response_schema=ref("LoggedIn"),
        errors=(*LOGIN_ERRORS, *ORIGIN_ERRORS),
    )
    def login(username: str, password: str) -> Response:
        """Log in at the API, keep the tokens, and give the browser a session."""
        carrier.csrf.check_origin()
        pair = call("POST", "/token/login", {"username": username, "password": password})
        user = call("GET", "/token/me", None, pair)["user"]
        before = carrier.replaces()
        if before:
            with suppress(LabError):  # it is no session, or holds no tokens
                tokens.end(sessions.check(before))
        opened = sessions.check(sessions.open(user["username"], before))
        tokens.keep(opened, pair)
        facts = {"user": user, "expires_in": services.opaque.lifetime} | carrier.facts(opened.id)
        return carrier.send(answer(facts), opened.id, services.opaque.longest)

    @endpoint(
        bff,
        "GET /session",
        auth=Authenticator(lambda: _finds_tokens(reader, tokens), None, (StoreDown,)),
        response_schema=obj(active={"type": "boolean"}),
    )
    def session(active: bool) -> Response:
        """Tell whether the browser has a session here, which its scripts cannot see."""
        return answer({"active": active})

    @endpoint(bff, "GET /me", auth=reader, response_schema=ref("LoggedIn"))
    def me(caller: Caller[Session]) -> Response:
        """Pass on `GET /token/me`."""
        left = int(caller.holder.expires - services.clock.now())
        user = tokens.ask(caller.holder, "GET", "/token/me")["user"]
        return answer({"user": user, "expires_in": left} | carrier.facts(caller.presented))

    @endpoint(bff, "POST /email", auth=changer, body=EMAIL, response_schema=ref("Profile"))
    def email(caller: Caller[Session], email: str) -> Response:
        """Pass on `POST /token/email`."""
        return answer(tokens.ask(caller.holder, "POST", "/token/email", {"email": email}))

    @endpoint(bff, "POST /logout", auth=changer)
    def logout(caller: Caller[Session]) -> Response:
        """End the session and the refresh family behind it; the access token is deleted with the row."""
        tokens.pair(caller.holder)  # else it is another kind of session, which this does not end
        sessions.end(caller.presented)
        with suppress(LabError):  # the session is over, whatever the API says
            tokens.end(caller.holder)
        return carrier.clear(answer(None))

    return bff


def _finds_tokens(reader: Authenticator[Caller[Session]], tokens: HeldTokens) -> bool:
    """Tell whether the cookie of a live session with tokens came; to have none is no error here."""
    try:
        return bool(tokens.pair(reader.check().holder))
    except StoreDown:
        raise
    except LabError:
        return False
