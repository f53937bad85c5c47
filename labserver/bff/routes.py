"""`/bff/*`, the backend for frontend (RFC 10017 section 6.1): the browser holds a cookie, we the tokens.

This is a client of the API, as the app in a browser is one: it logs in at `/token/login`, adds the access
token to each request and refreshes it when it has expired. The browser gets no token, so no script can take
one away. Only the paths below are passed on (section 6.1.3.6). Here the API is a part of the same server; it
could as well be on another machine.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response

from labserver.auth.sessions import Session
from labserver.bff.api import call
from labserver.bff.sealing import seal, unseal
from labserver.errors import InvalidGrant, InvalidToken, LabError, NoSession, StoreDown
from labserver.web.csrf import ORIGIN_ERRORS
from labserver.web.endpoint import Authenticator, answer, endpoint
from labserver.web.routes.flow import EMAIL, LOGIN, LOGIN_ERRORS, Caller, Flow
from labserver.web.schemas import obj, ref
from labserver.web.services import Services

LEASE = 10.0
"""Seconds that one request has to refresh the tokens, while others of the same session wait for it."""


def bff_blueprint(services: Services) -> Blueprint:
    """Build `/bff/*`. Its sessions are like all others, but for the sealed tokens in their rows."""
    bff = Blueprint("bff", __name__, url_prefix="/bff")
    sessions, carrier = services.sessions, services.bff_cookie
    flow = Flow("/bff", services.opaque, carrier, login_schema="LoggedIn", me_schema="LoggedIn")
    reader, changer = flow.authenticator(), flow.authenticator(change=True)

    def forward(session: Session, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the API for this session's user. If the access token has expired, refresh it and ask again."""
        sealed = session.data.get("sealed", "")
        try:
            return call(method, path, body, unseal(session.id, sealed))
        except InvalidToken:
            return call(method, path, body, unseal(session.id, renew(session, sealed)))

    def renew(session: Session, old: str) -> str:
        """Replace the tokens in the row by new ones, and return them.

        A refresh token is good once. So of several requests one gets a lease, and the others wait for it.
        """
        mine = 0.0

        def claim(row: dict[str, Any]) -> dict[str, Any]:
            nonlocal mine
            if row["sealed"] != old or row.get("lease", 0.0) >= time.time():
                return {}
            mine = time.time() + LEASE + secrets.randbelow(1000) / 1000  # from now on, however long it waited
            return {"lease": mine}

        while (row := sessions.remember(session, claim))["sealed"] == old and row["lease"] != mine:
            time.sleep(0.02)
        if row["sealed"] != old:
            return str(row["sealed"])
        try:
            refresh_token = unseal(session.id, old)["refresh_token"]
            new = seal(session.id, call("POST", "/token/refresh", {"refresh_token": refresh_token}))
        except InvalidGrant as error:
            sessions.end(session.id)
            raise NoSession(f"its tokens are not renewed any more: {error.reason}") from None
        sessions.remember(session, lambda row: {"sealed": new, "lease": 0.0})
        return new

    def end_tokens(session: Session) -> None:
        """End the refresh family of this session. Raises NoSession if it has none."""
        pair = unseal(session.id, session.data.get("sealed", ""))
        call("POST", "/token/logout", {"refresh_token": pair["refresh_token"]})

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
                end_tokens(sessions.check(before))
        opened = sessions.check(sessions.open(user["username"], before))
        sessions.remember(opened, lambda row: {"sealed": seal(opened.id, pair)})
        facts = {"user": user, "expires_in": services.opaque.lifetime} | carrier.facts(opened.id)
        return carrier.send(answer(facts), opened.id, services.opaque.longest)

    def visitor() -> bool:
        """Tell whether the cookie of a live session with tokens came; to have none is no error here."""
        try:
            return "sealed" in reader.check().holder.data
        except StoreDown:
            raise
        except LabError:
            return False

    @endpoint(
        bff,
        "GET /session",
        auth=Authenticator(visitor, None, (StoreDown,)),
        response_schema=obj(active={"type": "boolean"}),
    )
    def session(active: bool) -> Response:
        """Tell whether the browser has a session here, which its scripts cannot see."""
        return answer({"active": active})

    @endpoint(bff, "GET /me", auth=reader, response_schema=ref("LoggedIn"))
    def me(caller: Caller[Session]) -> Response:
        """Pass on `GET /token/me`."""
        left = int(caller.holder.expires - services.clock.now())
        user = forward(caller.holder, "GET", "/token/me")["user"]
        return answer({"user": user, "expires_in": left} | carrier.facts(caller.presented))

    @endpoint(bff, "POST /email", auth=changer, body=EMAIL, response_schema=ref("Profile"))
    def email(caller: Caller[Session], email: str) -> Response:
        """Pass on `POST /token/email`."""
        return answer(forward(caller.holder, "POST", "/token/email", {"email": email}))

    @endpoint(bff, "POST /logout", auth=changer)
    def logout(caller: Caller[Session]) -> Response:
        """End the session and the refresh family behind it; the access token is deleted with the row."""
        unseal(caller.presented, caller.holder.data.get("sealed", ""))
        sessions.end(caller.presented)
        with suppress(LabError):  # the session is over, whatever the API says
            end_tokens(caller.holder)
        return carrier.clear(answer(None))

    return bff
