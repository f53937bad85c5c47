"""The pages: a site rendered on the server, without a line of script, and an app that runs in the browser.

The site is the traditional architecture that sessions suit: forms, a cookie, a cart in its row. The app calls
the token endpoints and keeps its tokens itself. All addresses are relative, so both work behind a proxy's
prefix.
"""

from __future__ import annotations

from typing import Any

import fastjsonschema
from flask import Blueprint, Response, render_template, request, send_from_directory

from labserver import trace
from labserver.errors import LabError, NoSession
from labserver.http import read_body
from labserver.parts import Parts
from labserver.sessions import Session
from labserver.views import EMAIL, ITEM, LOGIN, cart_with, profile
from labserver.weak import WEAKNESSES

FORMS = {
    name: (schema, fastjsonschema.compile(schema))
    for name, schema in {"login": LOGIN, "email": EMAIL, "cart": ITEM}.items()
}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def pages_blueprint(lab: Parts) -> Blueprint:
    """Build the front page, `/site/` and `/app/`."""
    pages = Blueprint("pages", __name__, template_folder="templates")
    cookie = lab.cookie("sid")

    def form(name: str) -> dict[str, Any]:
        return read_body(*FORMS[name], form=True)

    def visitor() -> Session | None:
        """Give the session of whoever looks at the site; None for a stranger, which is no error here."""
        try:
            with trace.span("auth"):
                return lab.sessions.check(cookie.read())
        except NoSession:
            return None

    def member() -> Session:
        """Give the session of whoever changes something, with the CSRF token from the form's hidden field."""
        with trace.span("auth"):
            session = lab.sessions.check(cookie.read())
        cookie.check_change(session.id, request.form.get("csrf_token", ""))
        return session

    weak = WEAKNESSES[lab.settings.weak].sentence if lab.settings.weak else ""

    @pages.context_processor
    def banner() -> dict[str, str]:
        return {"weak": weak}

    def site(status: int = 200, problem: str = "") -> Response:
        session = visitor()
        user = profile(lab, session.username, NoSession) if session else None
        return _page(
            "site.html",
            status,
            user=user,
            cart=session.data.get("cart", []) if session else [],
            csrf=cookie.csrf_token(session.id) if session else "",
            problem=problem,
        )

    @pages.get("/")
    def front() -> Response:
        """Show what this server is, and where to go."""
        return _page("front.html", lab_mode=lab.settings.lab_key is not None)

    @pages.get("/app/")
    def app() -> Response:
        """Hand out the single-page app: from here on, the browser does the work."""
        return _page("app.html")

    @pages.get("/site/")
    def home() -> Response:
        """Render the site for whoever asks."""
        return site()

    @pages.post("/site/login")
    def login() -> Response:
        """Take the login form; answer with a redirect, so that reloading does not send the password again."""
        cookie.check_origin()
        values = form("login")
        with trace.span("auth"):
            user = lab.users.authenticate(**values)
        session_id = lab.open_session(user, cookie.peek())
        return cookie.send(_back(), session_id, lab.sessions.absolute)

    @pages.post("/site/email")
    def email() -> Response:
        """Take the address form."""
        session = member()
        lab.users.set_email(session.username, form("email")["email"])
        return _back()

    @pages.post("/site/cart")
    def cart() -> Response:
        """Take the cart form."""
        session = member()
        lab.sessions.remember(session, cart_with(form("cart")["item"]))
        return _back()

    @pages.post("/site/logout")
    def logout() -> Response:
        """Take the logout button."""
        lab.sessions.end(member().id)
        return cookie.clear(_back())

    @pages.get("/static/<path:name>")
    def static(name: str) -> Response:
        """Hand out the style sheet and the app's script."""
        return send_from_directory("static", name)

    @pages.errorhandler(LabError)
    def refused(error: LabError) -> Response:
        """Say on the page itself what went wrong; a dead session is a stranger, who may log in."""
        trace.note("refuse", ok=False, reason=error.reason or error.code)
        down = error.status >= 500
        response = _page("down.html", error.status) if down else site(error.status, error.sentence)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    return pages


def _page(template: str, status: int = 200, **values: Any) -> Response:
    # Without a referrer, a browser would send `Origin: null` with our own forms.
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
    return Response(render_template(template, **values), status, headers, mimetype="text/html")


def _back() -> Response:
    """Send the browser back to the site, by a relative address."""
    return Response(status=303, headers={"Location": "./"})
