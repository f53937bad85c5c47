"""The two flows, side by side: the same questions, asked once by session and once by token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from labserver.auth.sessions import Session
from labserver.auth.tokens.verifier import MAX_TOKEN, Access
from labserver.auth.users import PASSWORD_MIN, TYPED_MAX, User
from labserver.errors import (
    CsrfFailed,
    Forbidden,
    InvalidCredentials,
    InvalidGrant,
    InvalidToken,
    LabError,
    NoSession,
    NotFound,
    NoToken,
    OriginRefused,
    StoreDown,
    TooManyTries,
)
from labserver.tracing import trace
from labserver.web.carriers import Bearer, record_credential
from labserver.web.endpoint import Authenticator, answer, endpoint
from labserver.web.openapi import ref
from labserver.web.schemas import body_schema, text
from labserver.web.services import Services

LOGIN = body_schema(username=text(64), password=text(TYPED_MAX))
EMAIL = body_schema(email=text(254, 3, pattern=r"^[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,189}$"))
ITEM = body_schema(item=text(100, pattern=r"^[^\x00-\x1f\x7f]+$"))
PASSWORDS = body_schema(current=text(TYPED_MAX), new=text(TYPED_MAX, PASSWORD_MIN))
REFRESH = body_schema(refresh_token=text(MAX_TOKEN))
REVOKE = body_schema(token=text(16 * 1024 - len("token=")))  # what a body has room for
LOGIN_FAILS = (InvalidCredentials, TooManyTries, StoreDown)
MOST_ITEMS = 50


def sessions_blueprint(services: Services) -> Blueprint:
    """Build `/session/*`: a cookie holds an id, the store knows what it means."""
    flow = Blueprint("session", __name__, url_prefix="/session")
    cookie = services.cookie("sid")

    def check() -> Session:
        """Answer *who are you* by one look-up."""
        with trace.span("auth"):
            return services.sessions.check(cookie.read())

    def check_change() -> Session:
        """The same for a change, which the browser may have been tricked into."""
        session = check()
        cookie.check_change(session.id)
        return session

    reader = Authenticator(check, "cookie", (NoSession, StoreDown))
    changer = Authenticator(
        check_change, "cookie", (NoSession, StoreDown, CsrfFailed, OriginRefused), csrf=True
    )

    def welcome(user: User, session_id: str) -> Response:
        data = {
            "user": user.profile(),
            "csrf_token": cookie.csrf_token(session_id),
            "expires_in": services.sessions.idle,
        }
        return cookie.send(answer(data), session_id, services.sessions.absolute)

    @endpoint(
        flow, "POST /login", body=LOGIN, response_schema=ref("LoggedIn"), errors=(*LOGIN_FAILS, OriginRefused)
    )
    def login(username: str, password: str) -> Response:
        """Check the credentials, open a session and send its id as a cookie."""
        cookie.check_origin()
        with trace.span("auth"):
            user = services.users.authenticate(username, password)
        return welcome(user, services.open_session(user, cookie.peek()))

    @endpoint(flow, "GET /me", auth=reader, response_schema=ref("LoggedIn"))
    def me(session: Session) -> Response:
        """Tell who the session is for."""
        left = int(session.expires - services.clock.now())
        user = profile(services, session.username, NoSession)
        return answer(
            {"user": user.profile(), "csrf_token": cookie.csrf_token(session.id), "expires_in": left}
        )

    @endpoint(flow, "GET /admin", auth=reader, response_schema=ref("Admin"), errors=(Forbidden,))
    def admin(session: Session) -> Response:
        """List all users, for admins: by the role as it is now."""
        user = profile(services, session.username, NoSession)
        return admin_page(services, user, user.role)

    @endpoint(flow, "POST /email", auth=changer, body=EMAIL, response_schema=ref("Profile"))
    def email(session: Session, email: str) -> Response:
        """Change the user's address."""
        services.users.set_email(session.username, email)
        return answer({"user": profile(services, session.username, NoSession).profile()})

    @endpoint(flow, "GET /cart", auth=reader, response_schema=ref("Cart"))
    def cart(session: Session) -> Response:
        """Show the cart, which lives in the session's row."""
        return answer({"cart": session.data.get("cart", [])})

    @endpoint(flow, "POST /cart", auth=changer, body=ITEM, response_schema=ref("Cart"))
    def add_to_cart(session: Session, item: str) -> Response:
        """Put an item into the cart; the client keeps nothing but its cookie."""
        return answer({"cart": services.sessions.remember(session, cart_with(item))["cart"]})

    @endpoint(flow, "POST /logout", auth=changer)
    def logout(session: Session) -> Response:
        """Delete the session's row: a copy of the cookie is worth nothing from now on."""
        services.sessions.end(session.id)
        return cookie.clear(answer(None))

    @endpoint(flow, "POST /logout-all", auth=changer)
    def logout_all(session: Session) -> Response:
        """End every session of the user, on all devices."""
        services.sessions.end_all(session.username)
        return cookie.clear(answer(None))

    @endpoint(flow, "GET /sessions", auth=reader, response_schema=ref("Sessions"))
    def sessions(session: Session) -> Response:
        """List the user's devices."""
        return answer({"sessions": services.sessions.listing(session.username, session.key)})

    @endpoint(flow, "DELETE /sessions/<handle>", auth=changer, errors=(NotFound,))
    def end_session(session: Session, handle: str) -> Response:
        """End one of the user's sessions."""
        if not services.sessions.end_by_public_id(session.username, handle):
            raise NotFound("none of the user's sessions has this handle")
        return answer(None)

    @endpoint(
        flow,
        "POST /password",
        auth=changer,
        body=PASSWORDS,
        response_schema=ref("LoggedIn"),
        errors=LOGIN_FAILS,
    )
    def password(session: Session, current: str, new: str) -> Response:
        """Change the password: a new id for this session, and all else ends."""
        user = services.users.authenticate(session.username, current)
        user = user._replace(password=services.users.set_password(user.username, new))
        services.end_everything(user.username)
        return welcome(user, services.open_session(user, None))

    return flow


def tokens_blueprint(services: Services) -> Blueprint:
    """Build `/token/*`: a header holds a signed token, which says all by itself."""
    flow = Blueprint("token", __name__, url_prefix="/token")
    bearer = Bearer()

    def check() -> Access:
        """Answer *who are you* by one signature."""
        with trace.span("auth"):
            return services.check_token(bearer.read())

    holder = Authenticator(check, "bearer", (NoToken, InvalidToken, StoreDown))

    @endpoint(flow, "POST /login", body=LOGIN, response_schema=ref("Pair"), errors=LOGIN_FAILS)
    def login(username: str, password: str) -> Response:
        """Check the credentials and sign a token; the refresh token begins a family."""
        with trace.span("auth"):
            user = services.users.authenticate(username, password)
        return answer(services.open_family(user))

    @endpoint(flow, "GET /me", auth=holder, response_schema=ref("Me"))
    def me(access: Access) -> Response:
        """Tell who the token is for."""
        left = int(access.expires - services.clock.now())
        user = profile(services, access.username, InvalidToken)
        return answer({"user": user.profile(), "expires_in": left})

    @endpoint(flow, "GET /admin", auth=holder, response_schema=ref("Admin"), errors=(Forbidden,))
    def admin(access: Access) -> Response:
        """List all users, for admins: by the role as it was when the token was signed."""
        user = profile(services, access.username, InvalidToken)
        return admin_page(services, user, access.role)

    @endpoint(flow, "POST /email", auth=holder, body=EMAIL, response_schema=ref("Profile"))
    def email(access: Access, email: str) -> Response:
        """Change the user's address. No browser adds this header by itself, so no CSRF token is asked."""
        services.users.set_email(access.username, email)
        return answer({"user": profile(services, access.username, InvalidToken).profile()})

    @endpoint(
        flow, "POST /refresh", body=REFRESH, response_schema=ref("Pair"), errors=(InvalidGrant, StoreDown)
    )
    def refresh(refresh_token: str) -> Response:
        """Swap a refresh token for a new pair; the old one is used up (RFC 6749 section 6)."""
        record_credential("body", "refresh_token", refresh_token)
        with trace.span("auth"):
            family = services.families.check(refresh_token)
        user = services.users.find(family.username)
        if user is None or user.disabled:
            services.families.end(family)
            raise InvalidGrant("the user is gone or disabled")
        token, access = services.tokens.sign(user.username, user.role)
        return answer(services.pair(token, services.families.rotate(refresh_token, family, access)))

    @endpoint(flow, "POST /logout", body=REFRESH, errors=(InvalidGrant, StoreDown))
    def logout(refresh_token: str) -> Response:
        """End the family: no new access tokens. The one that is out lives on, unless denied."""
        record_credential("body", "refresh_token", refresh_token)
        services.families.end(services.families.check(refresh_token))
        return answer(None)

    @endpoint(flow, "POST /logout-all", auth=holder)
    def logout_all(access: Access) -> Response:
        """End every family of the user."""
        services.families.end_all(access.username)
        return answer(None)

    @endpoint(flow, "GET /families", auth=holder, response_schema=ref("RefreshFamilies"))
    def families(access: Access) -> Response:
        """List the user's devices."""
        return answer({"families": services.families.listing(access.username)})

    @endpoint(flow, "DELETE /families/<handle>", auth=holder, errors=(NotFound,))
    def end_family(access: Access, handle: str) -> Response:
        """End one of the user's families."""
        if not services.families.end_by_public_id(access.username, handle):
            raise NotFound("none of the user's families has this handle")
        return answer(None)

    @endpoint(
        flow, "POST /password", auth=holder, body=PASSWORDS, response_schema=ref("Pair"), errors=LOGIN_FAILS
    )
    def password(access: Access, current: str, new: str) -> Response:
        """Change the password: a new pair, and all else ends."""
        user = services.users.authenticate(access.username, current)
        user = user._replace(password=services.users.set_password(user.username, new))
        services.end_everything(user.username)
        return answer(services.open_family(user))

    @endpoint(flow, "POST /revoke", body=REVOKE, form=True, status=200, errors=(StoreDown,))
    def revoke(token: str) -> Response:
        """Revoke a token of either kind (RFC 7009); an unknown one is answered with 200 as well."""
        record_credential("body", "token", token)
        try:
            services.families.end(services.families.check(token))
        except InvalidGrant:
            services.revoke_access(token)
        return Response(status=200)

    return flow


def cart_with(item: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Give the change that puts an item into the cart of a session's row."""
    return lambda row: {"cart": [*row.get("cart", []), item][-MOST_ITEMS:]}


def profile(services: Services, username: str, otherwise: type[LabError]) -> User:
    """Read the resource, the same in both flows. Raises `otherwise` if the user is gone."""
    user = services.users.profile(username)
    if user is None:
        raise otherwise("the user is gone")
    return user


def admin_page(services: Services, user: User, role: str) -> Response:
    """Show the admin's resource to the role admin. Raises Forbidden to others."""
    if role != "admin":
        raise Forbidden(f"the role is {role or 'none'}")
    return answer({"user": user.profile(), "users": [each.username for each in services.users.everybody()]})
