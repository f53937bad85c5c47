"""What anybody may ask: keys, health, and the description of all operations."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Blueprint, Flask, Response

from labserver.errors import StoreDown
from labserver.web.endpoint import answer, endpoint
from labserver.web.openapi import describe
from labserver.web.schemas import ref
from labserver.web.services import Services


def public_blueprint(app: Flask, services: Services) -> Blueprint:
    """Build these routes; /openapi.json describes all that `app` has by then."""
    public = Blueprint("public", __name__)

    @endpoint(public, "GET /.well-known/jwks.json", response_schema=ref("Jwks"))
    def jwks() -> Response:
        """Return the public keys that verify access tokens (RFC 7517), never a shared secret."""
        return answer(services.ring.jwks())

    @endpoint(public, "GET /healthz", response_schema=ref("Health"))
    def healthz() -> Response:
        """Tell that this process answers."""
        return answer({"status": "ok"})

    @endpoint(public, "GET /readyz", response_schema=ref("Health"), errors=(StoreDown,))
    def readyz() -> Response:
        """Tell that the store answers too."""
        services.store.get("session", bytes(32))
        return answer({"status": "ok"})

    @endpoint(public, "GET /openapi.json", response_schema={"type": "object"})
    def openapi() -> Response:
        """Describe every operation of this server (OpenAPI 3.1)."""
        return answer(describe(_operations(app), tls=services.settings.tls, version=_version()))

    return public


def _operations(app: Flask) -> Iterator[tuple[str, str, str, Any]]:
    """List all operations that have a Spec, as (method, path, summary, spec)."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if hasattr(view, "spec"):
                yield method, rule.rule, (view.__doc__ or "").split("\n")[0], view.spec


def _version() -> str:
    try:
        return version("labserver")
    except PackageNotFoundError:
        return "0"
