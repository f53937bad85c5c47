"""`/site/`: a site rendered on the server, without a line of script. This is what sessions suit.

Forms, a cookie, and a row that remembers the cart and what to say on the next page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from labserver.auth.sessions import Session
from labserver.errors import CsrfFailed, LabError, NoSession, OriginRefused, StoreDown
from labserver.formats.digests import digest
from labserver.tracing import trace
from labserver.web.endpoint import Authenticator, endpoint
from labserver.web.routes.flow import EMAIL, LOGIN, LOGIN_ERRORS
from labserver.web.routes.session import ITEM, cart_with
from labserver.web.schemas import body_schema, text
from labserver.web.services import Services

HTML = {"type": "string"}


class Site:
    """The site's one page: who looks at it, and what it shows them."""

    def __init__(self, services: Services, page: Callable[..., Response]) -> None:
        self._services, self._page = services, page
        self._cookie, self._sessions = services.cookie, services.sessions

    def member(self) -> Session:
        """Find the session of who asks. Raises NoSession."""
        with trace.span("auth"):
            return self._sessions.check(self._cookie.read())

    def member_who_changes(self) -> Session:
        """Find the session, and check the CSRF token in the form's hidden field."""
        session = self.member()
        self._cookie.csrf.check(session.id, request.form.get("csrf_token", ""))
        return session

    def visitor(self) -> Session | None:
        """Find the session of somebody who looks at the site; to have none is no error here."""
        try:
            return self.member()
        except StoreDown:
            raise
        except LabError:
            return None

    def render(self, session: Session | None, error: LabError | None = None) -> Response:
        """Show the page to a member, or the form to log in to anybody else."""
        known: dict[str, Any] = {}
        if session:
            devices = self._sessions.listing(session.username, digest(session.id))
            known = {
                "user": self._services.users.profile(session.username),
                "cart": session.data.get("cart", []),
                "devices": [each | {"since": _clock(each["created"])} for each in devices],
                "csrf_token": self._cookie.facts(session.id)["csrf_token"],
                "flash": session.data.get("flash"),
            }
        problem = type(error).__name__ if error else None
        return self._page("site.html", error.status if error else 200, error=error, problem=problem, **known)

    def refuse(self, error: LabError) -> Response:
        """Say on the page itself what went wrong; without a live session, beside the form to log in."""
        trace.note("refuse", ok=False, code=error.code, reason=error.reason)
        try:
            response = self.render(self.visitor(), error)
        except StoreDown as down:
            error, response = down, self._page("down.html", down.status)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def back(self, session: Session, flash: str) -> Response:
        """Send the browser back to the site, by a relative address; the next page shows `flash`, once."""
        self._sessions.remember(session, lambda data: {"flash": flash})
        return _redirect()


def add_site(pages: Blueprint, services: Services, page: Callable[..., Response]) -> None:
    """Add the site to the pages. A change is answered with a redirect: a reload does not repeat it."""
    site, cookie, sessions = Site(services, page), services.cookie, services.sessions
    show = partial(endpoint, pages, response_schema=HTML, refuse=site.refuse)
    form = partial(endpoint, pages, form=True, status=303, refuse=site.refuse)
    errors = (NoSession, StoreDown, CsrfFailed, OriginRefused)
    change = partial(form, auth=Authenticator(site.member_who_changes, "cookie", errors))

    @show("GET /site/", auth=Authenticator(site.visitor, None, (StoreDown,)))
    def home(session: Session | None) -> Response:
        """Render the site."""
        response = site.render(session)
        if session and session.data.get("flash"):
            sessions.remember(session, lambda data: {"flash": ""})
        return response

    @form("POST /site/login", body=LOGIN, errors=(*LOGIN_ERRORS, OriginRefused))
    def login(username: str, password: str) -> Response:
        """Take the login form; answer with a redirect, so that a reload does not send the password again."""
        cookie.csrf.check_origin()
        with trace.span("auth"):
            user = services.users.authenticate(username, password)
        issued = services.opaque.issue(user, cookie.replaces())
        return cookie.send(_redirect(), issued.credential, services.opaque.longest)

    @change("POST /site/email", body=_form(EMAIL))
    def email(session: Session, email: str, csrf_token: str) -> Response:
        """Take the address form."""
        services.users.set_email(session.username, email)
        return site.back(session, "email")

    @change("POST /site/cart", body=_form(ITEM))
    def cart(session: Session, item: str, csrf_token: str) -> Response:
        """Take the cart form."""
        sessions.remember(session, cart_with(item))
        return site.back(session, "cart")

    @change("POST /site/device", body=_form(body_schema(handle=text(64))))
    def device(session: Session, handle: str, csrf_token: str) -> Response:
        """Take the button that ends another session of the user."""
        ended = sessions.end_by_public_id(session.username, handle)
        return site.back(session, "device" if ended else "no device")

    @change("POST /site/logout", body=_form({}))
    def logout(session: Session, csrf_token: str) -> Response:
        """Take the logout button."""
        services.opaque.end(session)
        return cookie.clear(_redirect())


def _form(schema: dict[str, Any]) -> dict[str, Any]:
    """Add to a form's fields the hidden one that every change needs."""
    return body_schema(**schema.get("properties", {}), csrf_token=text(64))


def _redirect() -> Response:
    return Response(status=303, headers={"Location": "./"})


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M UTC")
