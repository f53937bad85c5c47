"""The application: every worker makes one from the same settings."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as WrongMethod

from labserver import errors, trace
from labserver.errors import LabError, StoreUnusable
from labserver.grid import grid_blueprints
from labserver.http import answer, endpoint
from labserver.labdesk import ORIGINALS, Traces, desk_blueprint, record_traces
from labserver.openapi import describe, ref
from labserver.pages import pages_blueprint
from labserver.parts import Parts, assemble, keep_tidy
from labserver.settings import Settings
from labserver.views import sessions_blueprint, tokens_blueprint

DEMO_USERS = {"ada": "user", "grace": "admin", "mallory": "user"}
HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]
BY_STATUS: dict[int, type[LabError]] = {
    error.status: error
    for error in (
        errors.InvalidRequest,
        errors.NotFound,
        errors.MethodNotAllowed,
        errors.BodyTooLarge,
        errors.UrlTooLong,
        errors.UnsupportedMediaType,
    )
}


def prepare(settings: Settings) -> dict[str, dict[str, str]]:
    """Make the home folder, the databases and the keys, once, before any worker starts.

    Gives the demo users of a lab as {name: {password, role}}; out of lab mode there are none. Raises
    SettingsError or StoreUnusable.
    """
    try:
        settings.home.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"The folder {settings.home} cannot be made: {error.strerror}.") from error
    parts = assemble(settings)
    return _demo_users(parts) if settings.lab_key else {}


def _demo_users(parts: Parts) -> dict[str, dict[str, str]]:
    """Make the demo users with fresh random passwords, or find those of an earlier start in the same home."""
    kept = parts.settings.home / "demo-users.json"
    if kept.exists():
        found: dict[str, dict[str, str]] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    demo = {name: {"password": secrets.token_urlsafe(12), "role": role} for name, role in DEMO_USERS.items()}
    for name, user in demo.items():
        parts.users.add(name, user["password"], user["role"])
    parts.accounts.change(ORIGINALS)
    with open(kept, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        json.dump(demo, file)
    return demo


def create_app(settings: Settings) -> Flask:
    """Build the application of one worker."""
    parts = assemble(settings)
    keep_tidy(parts)
    app = Flask("labserver", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if settings.lab_key:
        traces = Traces(settings.home / "traces.db")
        record_traces(app, parts, traces)
        app.register_blueprint(desk_blueprint(parts, traces))
    guard(app, settings)
    allow_origins(app, settings.cors_origins)
    for blueprint in (
        sessions_blueprint(parts),
        tokens_blueprint(parts),
        *grid_blueprints(parts),
        public_blueprint(app, parts),
        pages_blueprint(parts),
    ):
        app.register_blueprint(blueprint)
    app.register_error_handler(LabError, problem)
    app.register_error_handler(HTTPException, lambda error: problem(_translate(error)))
    app.register_error_handler(Exception, lambda error: problem(_mistake(app, error)))
    app.wsgi_app = with_headers(app.wsgi_app, settings.weak)  # type: ignore[method-assign]
    return app


def public_blueprint(app: Flask, lab: Parts) -> Blueprint:
    """Build what anybody may ask: keys, health, description."""
    public = Blueprint("public", __name__)

    @endpoint(public, "GET /.well-known/jwks.json", gives=ref("Jwks"))
    def jwks() -> Response:
        """Give the public keys that verify access tokens (RFC 7517); a shared secret is never among them."""
        return answer(lab.ring.jwks())

    @endpoint(public, "GET /healthz", gives=ref("Health"))
    def healthz() -> Response:
        """Tell that this process answers."""
        return answer({"status": "ok"})

    @endpoint(public, "GET /readyz", gives=ref("Health"), fails=(errors.StoreDown,))
    def readyz() -> Response:
        """Tell that the store answers too."""
        lab.store.get("session", bytes(32))
        return answer({"status": "ok"})

    @endpoint(public, "GET /openapi.json", gives={"type": "object"})
    def openapi() -> Response:
        """Describe every operation of this server (OpenAPI 3.1)."""
        return answer(describe(_routes(app), tls=lab.settings.tls, version=_version()))

    return public


def _routes(app: Flask) -> Iterable[tuple[str, str, str, Any]]:
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        spec = getattr(view, "spec", None)
        if spec is not None:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, rule.rule, (view.__doc__ or "").split("\n")[0], spec


def guard(app: Flask, settings: Settings) -> None:
    """Refuse what is not meant for us or too large, before anything looks at it."""

    @lru_cache(maxsize=100)
    def known(host: str) -> bool:
        name, _, port = host.rpartition(":")
        return (name if port.isdecimal() else host).strip("[]").lower() in settings.hosts

    @app.before_request
    def check_request() -> None:
        environ = request.environ
        if environ.get("labserver.stalled"):
            raise errors.BodyTooSlow("the client stopped in the middle of its body")
        if not known(environ.get("HTTP_HOST", "")):
            raise errors.InvalidHost("the Host header names another host")
        if len(environ["PATH_INFO"]) + len(environ.get("QUERY_STRING", "")) > settings.max_url:
            raise errors.UrlTooLong
        if sum(len(value) for name, value in environ.items() if name[:5] == "HTTP_") > settings.max_headers:
            raise errors.HeadersTooLarge


def allow_origins(app: Flask, origins: tuple[str, ...]) -> None:
    """Let the listed origins' scripts call the token endpoints (CORS, Fetch standard); never with cookies."""
    if not origins:
        return

    @app.after_request
    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in origins and _takes_header(request.path):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After, WWW-Authenticate"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
                response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response.headers["Access-Control-Max-Age"] = "600"
        return response


def _takes_header(path: str) -> bool:
    return path.startswith(("/token/", "/grid/opaque/header/", "/grid/jwt/header/", "/.well-known/"))


def problem(error: LabError) -> Response:
    """Write an error as problem details (RFC 9457); a 401 carries its challenge (RFC 9110 section 11.6.1)."""
    trace.note("refuse", ok=False, reason=error.reason or error.code)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.sentence,
        "code": error.code,
    }
    if isinstance(error, errors.InvalidGrant):
        body["error"] = error.code
    response = Response(json.dumps(body), error.status, mimetype="application/problem+json")
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.MethodNotAllowed):
        response.headers["Allow"] = error.reason
    by_header = _takes_header(request.path)
    if by_header and (error.status == 401 or error.bearer_error):
        code = f', error="{error.bearer_error}"' if error.bearer_error else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="labserver"{code}'
    elif error.status == 401:
        response.headers["WWW-Authenticate"] = 'Cookie realm="labserver"'
    return response


def _translate(error: HTTPException) -> LabError:
    """Say in our own words what Flask refused."""
    ours = BY_STATUS.get(error.code or 500, errors.InvalidRequest if (error.code or 500) < 500 else LabError)
    return ours(", ".join(error.valid_methods or ()) if isinstance(error, WrongMethod) else str(error.name))


def _mistake(app: Flask, error: Exception) -> LabError:
    app.logger.error("a mistake of ours", exc_info=error)
    return LabError(type(error).__name__)


def with_headers(wsgi: Callable[..., Iterable[bytes]], weak: str | None) -> Callable[..., Iterable[bytes]]:
    """Add the security headers to every answer, errors included (OWASP ASVS 3.4, 14.3.2).

    A page brings its own policies; everything else may load nothing. No Strict-Transport-Security: on
    localhost it would break the learner's other servers. A server that is weak on purpose says so in each.
    """
    always = [*HEADERS, *([("X-Lab-Weak", weak)] if weak else [])]

    def called(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            brought = {name for name, _ in headers}
            headers += [header for header in always if header[0] not in brought]
            return start_response(status, headers, *more)

        return wsgi(environ, start)

    return called


def _version() -> str:
    try:
        return version("labserver")
    except PackageNotFoundError:
        return "0"
