"""The pages: a site rendered on the server, without a line of script, and an app that runs in the browser.

The site is the architecture that sessions suit: forms, a cookie, a cart in its row. The app calls the token
endpoints and keeps its tokens itself. All addresses are relative, so both work behind a proxy's prefix.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, render_template, request

from labserver.auth.sessions import Session
from labserver.errors import CsrfFailed, LabError, NoSession, OriginRefused, StoreDown
from labserver.tracing import trace
from labserver.web.endpoint import Authenticator, endpoint
from labserver.web.routes.flow import EMAIL, LOGIN, LOGIN_ERRORS
from labserver.web.routes.session import ITEM, cart_with
from labserver.web.schemas import body_schema, text
from labserver.web.services import Services

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HTML = {"type": "string"}


def pages_blueprint(services: Services, banner: str = "") -> Blueprint:
    """Build the front page, `/site/` and `/app/`. `banner` is a warning that every page shows."""
    pages = Blueprint("pages", __name__, template_folder="../templates", static_folder="../static")
    cookie, csrf, sessions = services.cookie, services.cookie.csrf, services.sessions

    def page(template: str, status: int = 200, **values: Any) -> Response:
        # Without a referrer, a browser would send `Origin: null` with our own forms.
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
        html = render_template(template, banner=banner, **values)
        return Response(html, status, headers, mimetype="text/html")

    def site(session: Session | None, error: LabError | None = None) -> Response:
        known: dict[str, Any] = {}
        if session:
            known = {
                "user": services.users.profile(session.username),
                "cart": session.data.get("cart", []),
                "csrf_token": cookie.facts(session.id)["csrf_token"],
            }
        problem = type(error).__name__ if error else None
        return page("site.html", error.status if error else 200, error=error, problem=problem, **known)

    def refuse(error: LabError) -> Response:
        """Say on the page itself what went wrong; without a live session, beside the form to log in."""
        trace.note("refuse", ok=False, code=error.code, reason=error.reason)
        try:
            response = site(visitor(), error)
        except StoreDown as down:
            error, response = down, page("down.html", down.status)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def visitor() -> Session | None:
        """Find the session of somebody who looks at the site; to have none is no error here."""
        try:
            return member()
        except StoreDown:
            raise
        except LabError:
            return None

    def member() -> Session:
        with trace.span("auth"):
            return sessions.check(cookie.read())

    def member_who_changes() -> Session:
        """Find the session, and check the CSRF token in the form's hidden field."""
        session = member()
        csrf.check(session.id, request.form.get("csrf_token", ""))
        return session

    show = partial(endpoint, pages, response_schema=HTML, refuse=refuse)
    form = partial(endpoint, pages, form=True, status=303, refuse=refuse)
    change = partial(
        form,
        auth=Authenticator(member_who_changes, "cookie", (NoSession, StoreDown, CsrfFailed, OriginRefused)),
    )

    @show("GET /")
    def front() -> Response:
        """Show what this server is, and where to go."""
        return page("front.html", lab_mode=services.settings.lab_key is not None)

    @show("GET /app/")
    def app() -> Response:
        """Hand out the single-page app: from here on, the browser does the work."""
        return page("app.html")

    @show("GET /site/", auth=Authenticator(visitor, None, (StoreDown,)))
    def home(session: Session | None) -> Response:
        """Render the site."""
        return site(session)

    @form("POST /site/login", body=LOGIN, errors=(*LOGIN_ERRORS, OriginRefused))
    def login(username: str, password: str) -> Response:
        """Take the login form; answer with a redirect, so that a reload does not send the password again."""
        csrf.check_origin()
        with trace.span("auth"):
            user = services.users.authenticate(username, password)
        issued = services.opaque.issue(user, cookie.replaces())
        return cookie.send(_back(), issued.credential, services.opaque.longest)

    @change("POST /site/email", body=_form(EMAIL))
    def email(session: Session, email: str, csrf_token: str) -> Response:
        """Take the address form."""
        services.users.set_email(session.username, email)
        return _back()

    @change("POST /site/cart", body=_form(ITEM))
    def cart(session: Session, item: str, csrf_token: str) -> Response:
        """Take the cart form."""
        sessions.remember(session, cart_with(item))
        return _back()

    @change("POST /site/logout", body=_form({}))
    def logout(session: Session, csrf_token: str) -> Response:
        """Take the logout button."""
        services.opaque.end(session)
        return cookie.clear(_back())

    return pages


def _form(schema: dict[str, Any]) -> dict[str, Any]:
    """Add to a form's fields the hidden one that every change needs."""
    return body_schema(**schema.get("properties", {}), csrf_token=text(64))


def _back() -> Response:
    """Send the browser back to the site, by a relative address."""
    return Response(status=303, headers={"Location": "./"})
