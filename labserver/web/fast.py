"""Flask without what this server has no use for: a fifth of a session request (benchmarks/README.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from flask import Flask, Request, Response, request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.routing import MapAdapter, RequestRedirect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def environ() -> WSGIEnvironment:
    """Return what came with the current request. `request.environ`, by a proxy, takes five times as long."""
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    return current.environ


class NoFlaskSession(SessionInterface):
    """Flask's own session, a signed cookie, is off: this server has its own sessions."""

    _none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """Return the one session that holds nothing."""
        return self._none

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Never called: nobody can write into a NullSession."""


class App(Flask):
    """Flask on one host, which the middleware checks: no route depends on what it is called."""

    session_interface = NoFlaskSession()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.url_map.merge_slashes = False  # `/site//` is no address of ours

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Find the routes; Flask would encode the host in IDNA twice, in case routes ask for subdomains."""
        if request is None:
            return None
        host, query = request.environ.get("HTTP_HOST", ""), request.environ.get("QUERY_STRING", "")
        here = host, request.root_path, "", request.scheme
        return MapAdapter(self.url_map, *here, request.path, request.method, query)

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Send `/site` on to `site/`, not to an absolute address: a proxy may serve us under a prefix."""
        if isinstance(request.routing_exception, RequestRedirect):
            query = request.query_string.decode("latin-1")
            here = f"{request.path.rpartition('/')[2]}/"
            request.routing_exception.new_url = f"{here}?{query}" if query else here
        super().raise_routing_exception(request)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take every function as it is; Flask looks each time whether it is a coroutine, and none is here."""
        return func


class Answer(Response):
    """A response that is all there: nothing to stream, no range of it, no address to complete."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.data]
