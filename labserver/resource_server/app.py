"""A second service, in another trust domain: it holds no account, no session and no secret.

It accepts tokens that the issuer has signed for it, and for no other service. It asks the issuer for nothing
but public keys, and not on every request: so it goes on working while the issuer is down.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response

from labserver.auth.tokens.verifier import Access, Verifier
from labserver.errors import InvalidToken, KeysUnknown, NoToken, TwoCredentials
from labserver.resource_server.jwks_client import JwksClient
from labserver.resource_server.settings import ResourceServerSettings
from labserver.storage.clock import SupportsNow
from labserver.web.carriers import Bearer
from labserver.web.endpoint import Authenticator, answer, endpoint
from labserver.web.fast import App
from labserver.web.middleware import protect


def create_resource_server(settings: ResourceServerSettings, clock: SupportsNow) -> Flask:
    """Build the application."""
    keys = JwksClient(settings, clock)
    verifier = Verifier(
        keys, clock, issuer=settings.name, audience=settings.audience, max_life=settings.access_max_life
    )
    app, views, bearer = App("service", static_folder=None), Blueprint("service", __name__), Bearer()
    holder = Authenticator(
        lambda: verifier.check(bearer.read()), "bearer", (NoToken, TwoCredentials, InvalidToken, KeysUnknown)
    )

    @endpoint(views, "GET /me", auth=holder, response_schema={"type": "object"})
    def me(who: Access) -> Response:
        """Say who asks: what the token tells, for there is no users' table here."""
        return answer({"user": {"username": who.username, "role": who.role}})

    @endpoint(views, "GET /keys", response_schema={"type": "object"})
    def known() -> Response:
        """Say which of the issuer's keys are known here, and how often they were fetched: nothing secret."""
        names = [{"kid": key.kid, "alg": key.alg} for key in keys.cache.keys.values()]
        return answer({"keys": names, "fetches": keys.fetches})

    @endpoint(views, "GET /healthz", response_schema={"type": "object"})
    def healthz() -> Response:
        """Tell that this process answers."""
        return answer({"status": "ok"})

    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.register_blueprint(views)
    protect(
        app,
        hosts=settings.hosts,
        max_url=settings.max_url,
        max_headers=settings.max_headers,
        by_header=lambda path: path == "/me",
    )
    return app
