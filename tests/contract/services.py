"""The second service as a process, whose answers are held to the promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

from tests.conftest import Process, Server
from tests.contract.promises import check_problem


class Service(Process):
    """A running `labserver service`, spoken to over HTTP only."""

    def __init__(self, server: Server, log: Path) -> None:
        options = ["--issuer", server.url, "--lab-clock", server.ready["clock"]]
        options += ["--ca", server.ca] if server.ca else []
        super().__init__("labserver", "service", "--exit-with-stdin", *options, log=log)
        self.log = log

    def ask(self, token: str | None = None, path: str = "/me", **more: Any) -> requests.Response:
        """Ask from a new client, and hold the answer to what every answer promises."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with requests.Session() as client:
            client.trust_env = False
            method, headers = more.pop("method", "GET"), headers | more.pop("headers", {})
            answer = client.request(
                method, self.ready["url"] + path, headers=headers, timeout=30, allow_redirects=False, **more
            )
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Server"] == "-", "no software is named"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert not set(answer.headers) & {"Set-Cookie", "X-Trace-Id", "Server-Timing"}
        if answer.status_code >= 400:
            check_problem(answer)
        return answer

    def fetches(self) -> int:
        return int(self.ask(path="/keys").json()["fetches"])
