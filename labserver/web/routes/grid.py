"""The grid: {opaque id, JWT} x {cookie, header}, all four cells built from the parts of the two flows.

What the credential is and what carries it are independent: only the four together show which property belongs
to which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response

from labserver.auth.users import User
from labserver.errors import (
    CsrfFailed,
    InvalidCredentials,
    InvalidToken,
    LabError,
    NoSession,
    NoToken,
    OriginRefused,
    StoreDown,
)
from labserver.tracing import trace
from labserver.web.carriers import Bearer, Cookie
from labserver.web.endpoint import Authenticator, answer, endpoint
from labserver.web.openapi import ref
from labserver.web.routes.flows import EMAIL, LOGIN, LOGIN_FAILS, profile
from labserver.web.services import Services


@dataclass(frozen=True)
class Opaque:
    """A credential that means nothing by itself: the server remembers."""

    services: Services
    name = "opaque"

    def issue(self, user: User, before: str | None) -> str:
        return self.services.open_session(user, before)

    def check(self, credential: str) -> str:
        return self.services.sessions.check(credential).username

    def end(self, credential: str) -> None:
        self.services.sessions.end(credential)

    def lifetime(self) -> int:
        return self.services.sessions.idle


@dataclass(frozen=True)
class Jwt:
    """A credential that says all by itself: the server only checks the signature."""

    services: Services
    name = "jwt"

    def issue(self, user: User, before: str | None) -> str:
        token, _ = self.services.tokens.sign(user.username, user.role)
        if not self.services.users.still_valid(user):
            raise InvalidCredentials("the account changed while the password was being checked")
        return token

    def check(self, credential: str) -> str:
        return self.services.check_token(credential).username

    def end(self, credential: str) -> None:
        self.services.revoke_access(credential)

    def lifetime(self) -> int:
        return self.services.tokens.lifetime


def grid_blueprints(services: Services) -> list[Blueprint]:
    """Build the four cells."""
    return [
        cell(services, kind, carrier)
        for kind in (Opaque(services), Jwt(services))
        for carrier in (services.cookie("grid"), Bearer())
    ]


def cell(services: Services, kind: Opaque | Jwt, carrier: Cookie | Bearer) -> Blueprint:
    """Build `/grid/<kind>/<carrier>/*`."""
    cookie = carrier if isinstance(carrier, Cookie) else None
    place = f"{kind.name}/{'cookie' if cookie else 'header'}"
    flow = Blueprint(place.replace("/", "_"), __name__, url_prefix=f"/grid/{place}")

    def check() -> tuple[str, str]:
        with trace.span("auth"):
            credential = carrier.read()
            return credential, _as_carried(cookie, lambda: kind.check(credential))

    def check_change() -> tuple[str, str]:
        who = check()
        if cookie:
            cookie.check_change(who[0])
        return who

    if cookie:
        reader = Authenticator(check, "grid", (NoSession, StoreDown))
        changer = Authenticator(
            check_change, "grid", (NoSession, StoreDown, CsrfFailed, OriginRefused), csrf=True
        )
    else:
        reader = changer = Authenticator(check, "bearer", (NoToken, InvalidToken, StoreDown))

    @endpoint(
        flow,
        "POST /login",
        body=LOGIN,
        response_schema=ref("LoggedIn" if cookie else "BearerLogin"),
        errors=(*LOGIN_FAILS, OriginRefused) if cookie else LOGIN_FAILS,
    )
    def login(username: str, password: str) -> Response:
        """Check the credentials and hand the new credential to its carrier."""
        if cookie:
            cookie.check_origin()
        with trace.span("auth"):
            user = services.users.authenticate(username, password)
        credential = kind.issue(user, cookie.peek() if cookie else None)
        data = {"user": user.profile(), "expires_in": kind.lifetime()}
        if cookie:
            return cookie.send(
                answer(data | {"csrf_token": cookie.csrf_token(credential)}), credential, kind.lifetime()
            )
        return answer(data | {"access_token": credential, "token_type": "Bearer"})

    @endpoint(flow, "GET /me", auth=reader, response_schema=ref("Profile"))
    def me(who: tuple[str, str]) -> Response:
        """Tell who the credential is for."""
        return answer({"user": profile(services, who[1], NoSession if cookie else InvalidToken).profile()})

    @endpoint(flow, "POST /email", auth=changer, body=EMAIL, response_schema=ref("Profile"))
    def email(who: tuple[str, str], email: str) -> Response:
        """Change the user's address."""
        services.users.set_email(who[1], email)
        return me.__wrapped__(who)  # type: ignore[attr-defined, no-any-return]

    @endpoint(flow, "POST /logout", auth=changer)
    def logout(who: tuple[str, str]) -> Response:
        """End the credential as far as its kind can be ended."""
        kind.end(who[0])
        return cookie.clear(answer(None)) if cookie else answer(None)

    return flow


def _as_carried(cookie: Cookie | None, check: Callable[[], str]) -> str:
    """Refuse in the carrier's own words: 401 `no_session` by cookie, `invalid_token` by header."""
    try:
        return check()
    except (NoSession, InvalidToken) as error:
        refused: type[LabError] = NoSession if cookie else InvalidToken
        raise refused(error.reason) from None
