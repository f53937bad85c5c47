"""The pages: a site rendered on the server, without a line of script, and an app that runs in the browser.

The site is the traditional architecture that sessions suit: forms, a cookie, a cart in its row. The app calls
the token endpoints and keeps its tokens itself. All addresses are relative, so both work behind a proxy's
prefix.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request

from labserver.auth.sessions import Session
from labserver.auth.users import User
from labserver.errors import (
    BodyTooLarge,
    CsrfFailed,
    InvalidCredentials,
    InvalidRequest,
    LabError,
    NoSession,
    OriginRefused,
    StoreDown,
    TooManyTries,
    TwoCredentials,
)
from labserver.lab_mode.weaknesses import NONE, WEAKNESSES
from labserver.tracing import trace
from labserver.web.endpoint import Authenticator, endpoint
from labserver.web.routes.flows import EMAIL, ITEM, LOGIN, cart_with
from labserver.web.schemas import body_schema, text
from labserver.web.services import Services

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAID: dict[type[LabError], str] = {
    BodyTooLarge: "That is more than this form takes, so nothing was changed. Shorten it, and send it again.",
    CsrfFailed: "This form was out of date, so nothing was changed. Fill it in again: the one below is new.",
    InvalidRequest: "This cannot be taken as it is, so nothing was changed. Look at each field again.",
    NoSession: "You are not logged in any more, so nothing was changed. Log in below, and do it again.",
    OriginRefused: "This form was sent from another address, so nothing was changed. Use the form below.",
    TooManyTries: "Too many failed tries for this user name. Try again in {wait} seconds.",
    TwoCredentials: "Your browser sent two different cookies of one name, so nothing was changed. "
    "Delete the cookies of this site, and log in.",
}
"""What people at a form are told, where the sentence for programs speaks of headers, bodies and JSON."""

HTML = {"type": "string"}
HIDDEN = {"csrf_token": text(64)}


def pages_blueprint(services: Services) -> Blueprint:
    """Build the front page, `/site/` and `/app/`."""
    pages = Blueprint("pages", __name__, template_folder="../templates", static_folder="../static")
    cookie = services.cookie("sid")
    weak = WEAKNESSES.get(services.settings.weak or "", NONE).sentence

    def page(template: str, status: int = 200, **values: Any) -> Response:
        # Without a referrer, a browser would send `Origin: null` with our own forms.
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
        html = render_template(template, weak=weak, **values)
        return Response(html, status, headers, mimetype="text/html")

    def site(session: Session | None, status: int = 200, problem: str = "") -> Response:
        user = _user(services, session)
        cart = session.data.get("cart", []) if session else []
        csrf = cookie.csrf_token(session.id) if session else ""
        return page("site.html", status, user=user, cart=cart, csrf=csrf, problem=problem)

    def refuse(error: LabError) -> Response:
        """Say on the page itself what went wrong; a dead session is a stranger, who may log in."""
        trace.note("refuse", ok=False, code=error.code, reason=error.reason)
        try:
            said = SAID.get(type(error))
            sentence = said.format(wait=error.retry_after) if said else error.sentence
            response = site(visitor(), error.status, sentence)
        except StoreDown as down:
            error, response = down, page("down.html", down.status)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def visitor() -> Session | None:
        """Give the session of whoever looks at the site; None for a stranger, which is no error here."""
        try:
            with trace.span("auth"):
                return services.sessions.check(cookie.read())
        except StoreDown:
            raise
        except LabError:
            return None

    def member() -> Session:
        """Give the session of whoever changes something, with the CSRF token from the form's hidden field."""
        with trace.span("auth"):
            session = services.sessions.check(cookie.read())
        cookie.check_change(session.id, request.form.get("csrf_token", ""))
        return session

    anybody = Authenticator(visitor, None, (StoreDown,))
    changer = Authenticator(member, "cookie", (NoSession, StoreDown, CsrfFailed, OriginRefused))

    @endpoint(pages, "GET /", response_schema=HTML, refuse=refuse)
    def front() -> Response:
        """Show what this server is, and where to go."""
        return page("front.html", lab_mode=services.settings.lab_key is not None)

    @endpoint(pages, "GET /app/", response_schema=HTML, refuse=refuse)
    def app() -> Response:
        """Hand out the single-page app: from here on, the browser does the work."""
        return page("app.html")

    @endpoint(pages, "GET /site/", auth=anybody, response_schema=HTML, refuse=refuse)
    def home(session: Session | None) -> Response:
        """Render the site for whoever asks."""
        return site(session)

    @endpoint(
        pages,
        "POST /site/login",
        body=LOGIN,
        form=True,
        status=303,
        errors=(InvalidCredentials, TooManyTries, StoreDown, OriginRefused),
        refuse=refuse,
    )
    def login(username: str, password: str) -> Response:
        """Take the login form; answer with a redirect, so that a reload does not send the password again."""
        cookie.check_origin()
        with trace.span("auth"):
            user = services.users.authenticate(username, password)
        return cookie.send(_back(), services.open_session(user, cookie.peek()), services.sessions.absolute)

    @endpoint(
        pages, "POST /site/email", auth=changer, body=_form(EMAIL), form=True, status=303, refuse=refuse
    )
    def email(session: Session, email: str, csrf_token: str) -> Response:
        """Take the address form."""
        services.users.set_email(session.username, email)
        return _back()

    @endpoint(pages, "POST /site/cart", auth=changer, body=_form(ITEM), form=True, status=303, refuse=refuse)
    def cart(session: Session, item: str, csrf_token: str) -> Response:
        """Take the cart form."""
        services.sessions.remember(session, cart_with(item))
        return _back()

    @endpoint(pages, "POST /site/logout", auth=changer, body=_form({}), form=True, status=303, refuse=refuse)
    def logout(session: Session, csrf_token: str) -> Response:
        """Take the logout button."""
        services.sessions.end(session.id)
        return cookie.clear(_back())

    return pages


def _user(services: Services, session: Session | None) -> User | None:
    return services.users.profile(session.username) if session else None


def _form(schema: dict[str, Any]) -> dict[str, Any]:
    """Add to a form's fields the hidden one that every change needs."""
    return body_schema(**schema.get("properties", {}), **HIDDEN)


def _back() -> Response:
    """Send the browser back to the site, by a relative address."""
    return Response(status=303, headers={"Location": "./"})
