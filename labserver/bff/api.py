"""How the backend asks the API: as any client does, with the access token in a header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labserver.bff.sealing import Pair
from labserver.errors import InvalidGrant, InvalidToken, LabError
from labserver.formats.digests import digest
from labserver.tracing import trace
from labserver.web.endpoint import Errors
from labserver.web.routes.flow import LOGIN_ERRORS
from labserver.web.upstream import ask

REFUSALS: Errors = (*LOGIN_ERRORS, InvalidToken, InvalidGrant)


def call(method: str, path: str, body: Mapping[str, Any] | None, pair: Pair | None = None) -> Any:
    """Send a request, with the access token of `pair` if there is one. Raises what the API refuses."""
    token = pair["access_token"] if pair else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with trace.step("api.call", digest(token) if token else None, method=method, path=path) as event:
        came = ask(method, path, body, headers)
        event.ok = came.status_code < 400
    said = came.get_json()
    if came.status_code < 400:
        return said
    kind = next((each for each in REFUSALS if each.code == said["code"]), LabError)
    error = kind(f"the API says {said['code']}")
    error.retry_after = came.headers.get("Retry-After", type=int)
    raise error
