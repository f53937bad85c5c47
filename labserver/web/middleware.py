"""What every request passes and every answer carries, whichever of our apps it meets.

Host and size are looked at before anything else; whatever fails becomes problem details; headers against
sniffing, framing and caching are on every answer, errors included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as WrongMethod

from labserver import errors
from labserver.errors import LabError
from labserver.formats.hosts import host_name
from labserver.tracing import trace
from labserver.web.csrf import PREFIX
from labserver.web.fast import environ

HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]
FLASK_ERRORS = (errors.NotFound, errors.MethodNotAllowed, errors.BodyTooLarge, errors.UnsupportedMediaType)
"""What Flask itself may refuse, apart from requests that are malformed."""


def protect(
    app: Flask,
    *,
    hosts: tuple[str, ...],
    max_url: int,
    max_headers: int,
    by_header: Callable[[str], bool],
    weak: str | None = None,
    proxied: bool = False,
) -> None:
    """Put all of it around an app. `by_header` tells which paths are asked with a token in a header."""
    check_requests(app, hosts, max_url, max_headers)
    app.register_error_handler(LabError, lambda error: problem(error, by_header))
    app.register_error_handler(HTTPException, lambda error: problem(_translate(error), by_header))
    app.register_error_handler(Exception, lambda error: problem(_mistake(app, error), by_header))
    app.wsgi_app = with_headers(app.wsgi_app, weak)  # type: ignore[method-assign]
    if proxied:
        app.wsgi_app = under_prefix(app.wsgi_app)  # type: ignore[method-assign]


def check_requests(app: Flask, hosts: tuple[str, ...], max_url: int, max_headers: int) -> None:
    """Refuse what is meant for another host, or too large, before anything looks at it."""
    ours = frozenset(map(host_name, hosts))
    any_host = "*" in hosts

    @lru_cache(maxsize=100)
    def known(host: str) -> bool:
        name, _, port = host.rpartition(":")
        return any_host or host_name(name if port.isdecimal() else host) in ours

    @app.before_request
    def check_request() -> None:
        sent = environ()
        if sent.get("labserver.stalled"):
            raise errors.BodyTooSlow("the client stopped in the middle of its body")
        if sent.get("labserver.broken"):
            raise errors.InvalidRequest("the body broke off", detail="The body breaks off before its end.")
        if not known(sent.get("HTTP_HOST", "")):
            raise errors.InvalidHost("the Host header names another host")
        if len(sent["PATH_INFO"]) + len(sent.get("QUERY_STRING", "")) > max_url:
            raise errors.UrlTooLong
        if sum([len(value) for name, value in sent.items() if name[:5] == "HTTP_"]) > max_headers:
            raise errors.HeadersTooLarge


def problem(error: LabError, by_header: Callable[[str], bool]) -> Response:
    """Write an error as problem details (RFC 9457); a 401 carries its challenge (RFC 9110 section 11.6.1)."""
    trace.note("refuse", ok=False, code=error.code, reason=error.reason)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.sentence,
        "code": error.code,
    }
    if isinstance(error, errors.OAuthError):
        body["error"] = error.code
    response = Response(json.dumps(body), error.status, mimetype="application/problem+json")
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.MethodNotAllowed):
        response.headers["Allow"] = error.reason
    bearer = by_header(request.path)
    if bearer and (error.status == 401 or error.bearer_error):
        code = f', error="{error.bearer_error}"' if error.bearer_error else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="labserver"{code}'
    elif error.status == 401:
        response.headers["WWW-Authenticate"] = 'Cookie realm="labserver"'
    return response


def _translate(error: HTTPException) -> LabError:
    """Say in our own words what Flask refused."""
    status = error.code or 500
    other = errors.InvalidRequest if status < 500 else LabError
    kind = next((kind for kind in FLASK_ERRORS if kind.status == status), other)
    return kind(", ".join(error.valid_methods or ()) if isinstance(error, WrongMethod) else str(error.name))


def _mistake(app: Flask, error: Exception) -> LabError:
    app.logger.error("the server made a mistake", exc_info=error)
    return LabError(type(error).__name__)


def with_headers(wsgi: Callable[..., Iterable[bytes]], weak: str | None) -> Callable[..., Iterable[bytes]]:
    """Add the security headers to every answer, errors included (OWASP ASVS 3.4, 14.3.2).

    A page has its own policies; everything else may load nothing. No Strict-Transport-Security: on localhost
    it would break the learner's other servers. A server that is weak on purpose says so in each answer.
    """
    always = [*HEADERS, *([("X-Lab-Weak", weak)] if weak else [])]

    def called(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            present = {name for name, _ in headers}
            headers += [header for header in always if header[0] not in present]
            return start_response(status, headers, *more)

        return wsgi(environ, start)

    return called


def under_prefix(wsgi: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Note under which prefix a reverse proxy serves us: `/user/ada/proxy/8000`, or nothing.

    Only what can stand in a cookie's path is taken. The environment of a request has `PREFIX` exactly when
    the server is behind a proxy.
    """

    def called(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        prefix = environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/")
        environ[PREFIX] = prefix if re.fullmatch(r"(/[A-Za-z0-9._~@%+-]+)+", prefix) else ""
        return wsgi(environ, start_response)

    return called
