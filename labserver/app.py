"""The application: every worker makes one from the same settings."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Blueprint, Flask, Response, request

from labserver import errors
from labserver.auth.users import random_password
from labserver.errors import StoreUnusable
from labserver.formats.hosts import origin_of
from labserver.lab_mode.control_api import ORIGINALS, control_blueprint, record_traces
from labserver.settings import Settings
from labserver.tracing.recent import SharedTraces, Traces
from labserver.web.endpoint import App, answer, endpoint
from labserver.web.middleware import protect
from labserver.web.openapi import describe, ref
from labserver.web.routes.flows import sessions_blueprint, tokens_blueprint
from labserver.web.routes.grid import grid_blueprints
from labserver.web.routes.pages import pages_blueprint
from labserver.web.services import Services, assemble, keep_tidy

TRACES = "traces"
DEMO_USERS = {"ada": "user", "grace": "admin", "mallory": "user"}


def prepare(settings: Settings) -> dict[str, dict[str, str]]:
    """Make the home folder, the databases and the keys, once, before any worker starts.

    Gives the demo users of a lab as {name: {password, role}}; out of lab mode there are none. Raises
    SettingsError or StoreUnusable.
    """
    try:
        settings.home.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(settings.home / TRACES, ignore_errors=True)  # of workers that are no more
    except OSError as error:
        raise StoreUnusable(f"The folder {settings.home} cannot be made: {error.strerror}.") from error
    services = assemble(settings)
    return _demo_users(services) if settings.lab_key else {}


def _demo_users(services: Services) -> dict[str, dict[str, str]]:
    """Make the demo users with fresh random passwords, or find those of an earlier start in the same home."""
    kept = services.settings.home / "demo-users.json"
    if kept.exists():
        found: dict[str, dict[str, str]] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    demo = {name: {"password": random_password(), "role": role} for name, role in DEMO_USERS.items()}
    for name, user in demo.items():
        services.users.add(name, user["password"], user["role"])
    services.accounts.change(ORIGINALS)
    with open(kept, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        json.dump(demo, file)
    return demo


def create_app(settings: Settings, workers: int = 1, *, tidy: bool = True) -> Flask:
    """Build the application of one of `workers`; `tidy` starts a thread that forgets expired rows."""
    services = assemble(settings)
    if tidy:
        keep_tidy(services)
    app = App("labserver", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if settings.lab_key:
        traces = Traces() if workers == 1 else SharedTraces(settings.home / TRACES)
        record_traces(app, services, traces)
        app.register_blueprint(control_blueprint(services, traces))
    protect(
        app,
        hosts=settings.hosts,
        max_url=settings.max_url,
        max_headers=settings.max_headers,
        by_header=_takes_header,
        weak=settings.weak,
    )
    allow_origins(app, settings.cors_origins)
    for blueprint in (
        sessions_blueprint(services),
        tokens_blueprint(services),
        *grid_blueprints(services),
        public_blueprint(app, services),
        pages_blueprint(services),
    ):
        app.register_blueprint(blueprint)
    return app


def public_blueprint(app: Flask, services: Services) -> Blueprint:
    """Build what anybody may ask: keys, health, description."""
    public = Blueprint("public", __name__)

    @endpoint(public, "GET /.well-known/jwks.json", response_schema=ref("Jwks"))
    def jwks() -> Response:
        """Give the public keys that verify access tokens (RFC 7517); a shared secret is never among them."""
        return answer(services.ring.jwks())

    @endpoint(public, "GET /healthz", response_schema=ref("Health"))
    def healthz() -> Response:
        """Tell that this process answers."""
        return answer({"status": "ok"})

    @endpoint(public, "GET /readyz", response_schema=ref("Health"), errors=(errors.StoreDown,))
    def readyz() -> Response:
        """Tell that the store answers too."""
        services.store.get("session", bytes(32))
        return answer({"status": "ok"})

    @endpoint(public, "GET /openapi.json", response_schema={"type": "object"})
    def openapi() -> Response:
        """Describe every operation of this server (OpenAPI 3.1)."""
        return answer(describe(_routes(app), tls=services.settings.tls, version=_version()))

    return public


def _routes(app: Flask) -> Iterable[tuple[str, str, str, Any]]:
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        spec = getattr(view, "spec", None)
        if spec is not None:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, rule.rule, (view.__doc__ or "").split("\n")[0], spec


def allow_origins(app: Flask, origins: tuple[str, ...]) -> None:
    """Let the listed origins' scripts call the token endpoints (CORS, Fetch standard); never with cookies."""
    if not origins:
        return
    listed = {origin_of(origin) for origin in origins} - {None}

    @app.after_request
    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin", "")
        if origin_of(origin) in listed and _takes_header(request.path):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After, WWW-Authenticate"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
                response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response.headers["Access-Control-Max-Age"] = "600"
        return response


def _takes_header(path: str) -> bool:
    return path.startswith(("/token/", "/grid/opaque/header/", "/grid/jwt/header/", "/.well-known/"))


def _version() -> str:
    try:
        return version("labserver")
    except PackageNotFoundError:
        return "0"
