"""Makes access tokens that are well signed and wrong in one way, with the control API's signature."""

from __future__ import annotations

from typing import Any

from tests.conftest import Server
from tests.contract.clients import App, present, problem, segment, unsegment

Part = dict[str, Any]
MISSING = type("Missing", (), {"__repr__": lambda _: "missing"})()


class Workshop:
    """Makes tokens with a server's own signature, out of the parts of a good one."""

    def __init__(self, server: Server) -> None:
        self.server = server
        with App(server) as ada:
            header, payload, _ = ada.login().json()["access_token"].split(".")
        self.header: Part = unsegment(header)
        self.payload: Part = unsegment(payload)

    def sign(self, header: Part | str | None = None, payload: Part | str | None = None) -> str:
        """Sign two parts: changes to the good ones, or a text that takes the place of one."""
        first, second = _spoil(self.header, header), _spoil(self.payload, payload)
        signed = self.server.control("POST", "/sign", header=first, payload=second)
        return f"{first}.{second}.{signed['signature']}"

    def refused(self, token: str) -> None:
        """Insist that the server does not take a token."""
        problem(present(self.server, token), 401, "invalid_token")


def _spoil(part: Part, change: Part | str | None) -> str:
    if isinstance(change, str):
        return segment(change)
    return segment({name: value for name, value in (part | (change or {})).items() if value is not MISSING})
