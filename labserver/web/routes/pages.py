"""The pages: the stage with both flows side by side, and three ways to build an application on this server.

A site rendered on the server, an app that runs in the browser, and an app with a backend of its own. All
addresses are relative, so that every page works under a proxy's prefix too.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, render_template, request

from labserver.errors import LabError
from labserver.web.endpoint import endpoint
from labserver.web.routes.site import HTML, add_site
from labserver.web.services import Services

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


TILE_HEADER = "X-Lab-Tile"
"""What JupyterLab adds to the requests of its launcher's tile: then the stage needs no ticket."""


def pages_blueprint(services: Services, banner: str = "") -> Blueprint:
    """Build `/`, `/site/`, `/app/` and `/bff/`. `banner` is a warning that every page shows."""
    pages = Blueprint("pages", __name__, template_folder="../templates", static_folder="../static")

    def page(template: str, status: int = 200, **values: Any) -> Response:
        # Without a referrer, a browser would send `Origin: null` with our own forms.
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
        html = render_template(template, banner=banner, **values)
        return Response(html, status, headers, mimetype="text/html")

    def refuse(error: LabError) -> Response:
        raise error

    show = partial(endpoint, pages, response_schema=HTML, refuse=refuse)

    @show("GET /")
    def stage() -> Response:
        """Show both flows side by side, and what each request of theirs does."""
        return page(
            "stage.html",
            lab_mode=services.settings.lab_key is not None,
            cookie=services.cookie.cookie_name,
            tile=TILE_HEADER in request.headers,
        )

    @show("GET /app/")
    def app() -> Response:
        """Hand out the single-page app: from here on, the browser does the work."""
        return page("app.html")

    @show("GET /bff/")
    def bff() -> Response:
        """Hand out the app whose backend holds the tokens."""
        return page("bff.html")

    add_site(pages, services, page)
    return pages
