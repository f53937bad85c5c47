"""CORS (Fetch standard): which other origins' scripts may call the endpoints that read a header."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, request

from labserver.formats.hosts import origin_of


def allow_origins(app: Flask, origins: tuple[str, ...], by_header: Callable[[str], bool]) -> None:
    """Allow the listed origins, on the paths that `by_header` accepts; never with cookies."""
    if not origins:
        return
    listed = {origin_of(origin) for origin in origins} - {None}

    @app.after_request
    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin", "")
        if origin_of(origin) in listed and by_header(request.path):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After, WWW-Authenticate"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
                response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response.headers["Access-Control-Max-Age"] = "600"
        return response
