"""Loaded by schemathesis itself: gives each request the credentials that its operation asks for.

A credential is used until an operation has ended it, so that few requests cost a password check.
"""

from __future__ import annotations

import os
from typing import Any

import requests
import schemathesis

URL, PASSWORD = os.environ["LAB_URL"], os.environ["LAB_PASSWORD"]
KEY = {"X-Lab-Key": os.environ["LAB_KEY"]}
ENDS = ("/logout", "/logout-all", "/password", "/refresh", "/revoke", "/login")
# With its key the control API could take away the ground that the other operations stand on.
LOCKED = (
    "/lab/reset",
    "/lab/clock",
    "/lab/faults",
    "/lab/users",
    "/lab/keys/rotate",
    "/lab/keys/retire",
    "/lab/restart",
)
FLOWS = {"bearer": "/token", "bff": "/bff"}


@schemathesis.auth(refresh_interval=None)
class Credentials:
    """Log ada in, by the flow that an operation belongs to."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, str]] = {}

    def get(self, case: Any, context: Any) -> dict[str, str]:
        path = str(case.operation.path)
        scheme = next(iter(case.operation.definition.raw.get("security", [{}])[0]), None)
        if scheme == "desk":
            return {} if path in LOCKED else KEY
        if scheme is None:
            return {}
        flow = path.rpartition("/")[0] if path.startswith("/grid/") else FLOWS.get(scheme, "/session")
        credentials = self._kept.pop(flow, None) or self._login(flow)
        if not path.endswith(ENDS) and case.method != "DELETE":
            self._kept[flow] = credentials
        return credentials

    def set(self, case: Any, data: dict[str, str], context: Any) -> None:
        for name, value in data.items():
            # A case that leaves the CSRF token out on purpose must go without.
            if name != "X-CSRF-Token" or name in (case.headers or {}):
                case.headers = {**(case.headers or {}), name: value}

    def _login(self, flow: str) -> dict[str, str]:
        answer = requests.post(
            f"{URL}{flow}/login", json={"username": "ada", "password": PASSWORD}, timeout=30
        )
        body = answer.json()
        if "access_token" in body:
            return {"Authorization": f"Bearer {body['access_token']}"}
        return {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": body["csrf_token"]}
