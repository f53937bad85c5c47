"""Every request of a lab is recorded, and its answer says where to find the trace."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from labserver.storage.clock import SupportsNow
from labserver.tracing import trace
from labserver.tracing.recent import Traces

CONTROL = "/lab/control/"
"""A request without a check, which lessons measure: the only one of the control API that is recorded."""


def record_traces(app: Flask, clock: SupportsNow, traces: Traces) -> None:
    """Trace every request of the flows, and say so in X-Trace-Id and Server-Timing.

    Around the app, not in its hooks: the time is all that passes in Flask, and the trace takes less of it.
    """
    inner = app.wsgi_app

    def called(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        begun = trace.Trace(environ["REQUEST_METHOD"], path, clock.now())

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            begun.finish(int(status[:3]))
            if path.startswith("/lab/") and not path.startswith(CONTROL):
                begun.id = secrets.token_hex(8)  # no one reads what the control API itself did
            else:
                traces.keep(begun)
            headers += [("X-Trace-Id", begun.id), ("Server-Timing", begun.server_timing())]
            return start_response(status, headers, *more)

        trace.begin(begun)
        try:
            return inner(environ, start)
        finally:
            trace.end()

    app.wsgi_app = called  # type: ignore[method-assign]
