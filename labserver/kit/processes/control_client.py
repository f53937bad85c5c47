"""The knobs of a lab: its clock, its faults, its keys. Each asks the control API, `/lab/*`."""

from __future__ import annotations

from typing import Any

import requests

from labserver.kit.failures import ControlRefused, server_gone
from labserver.kit.processes.client import Direct
from labserver.kit.processes.server import Server

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


class Message(str):
    """A sentence that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ControlClient:
    """Speak to `/lab/*` with the key that only the starter of the server has."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.session = Direct()
        server.connect(self.session)

    def get(self, path: str) -> Any:
        """Read something. Raises ControlRefused if the server refuses, ServerGone if nobody answers."""
        return self._ask("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        """Change something; raises the same exceptions as `get`."""
        return self._ask("POST", path, {name: value for name, value in body.items() if value is not None})

    def response(self, path: str) -> requests.Response:
        """Read something, and return the whole answer."""
        return self._send("GET", path)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._send(method, path, body)
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        try:
            ready = self._server.ready  # read each time: a restarted server has a new key
            url, key = ready["url"], ready["lab_key"]
            answer = self.session.request(
                method, f"{url}/lab/{path}", json=body, headers={"X-Lab-Key": key}, timeout=30
            )
        except requests.ConnectionError:
            raise server_gone("the lab's server does not answer", self._server.exit_reason()) from None
        if answer.ok:
            return answer
        try:
            reason = answer.json()["detail"]
        except (ValueError, KeyError, TypeError):
            reason = answer.reason
        asked = f"{method} /lab/{path}"
        raise ControlRefused(f"the lab desk answers {answer.status_code} to {asked}: {reason}")


class ClockControl:
    """The server's clock. Moved forward, hours pass in no time."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def now(self) -> float:
        """Read the server's clock: seconds since 1970."""
        return float(self._control.get("state")["clock"]["now"])

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> Message:
        """Move the server's clock forward, and return how far it moved. It never goes back. Nobody waits."""
        total = seconds + 60 * minutes + 3600 * hours + 86400 * days
        moved = self._control.post("clock", advance=total)["moved"]
        if total < 0:
            return Message(f"the clock stands still for {span(-total)}")
        return Message(f"the clock is {span(moved)} further")

    def hold(self) -> Message:
        """Stop the server's clock where it stands; advance() still moves it."""
        self._control.post("clock", advance=0, hold=True)
        return Message("the clock is held")

    def run(self) -> Message:
        """Let a held clock run on."""
        self._control.post("clock", advance=0, hold=False)
        return Message("the clock runs")

    def __repr__(self) -> str:
        return "the server's clock: advance(minutes=31), hold(), run(), now()"


class FaultControl:
    """Switches for what can go wrong with the session store."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def store_down(self) -> Message:
        """Let the store answer nobody."""
        self._control.post("faults", store="down")
        return Message("the store is down")

    def store_up(self) -> Message:
        """Let the store answer again, at once."""
        self._control.post("faults", store="up")
        return Message("the store is up")

    def store_delay(self, us: float) -> Message:
        """Let every answer of the store take `us` microseconds longer."""
        self._control.post("faults", store="slow", us=round(us))
        return Message(f"the store takes {us:g} µs longer")

    def __repr__(self) -> str:
        return "switches of the session store: store_down(), store_up(), store_delay(us=…)"


class KeyControl:
    """The keys that sign access tokens."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def rotate(self) -> str:
        """Let a new key sign from now on; the old one still verifies. Returns the new key's id."""
        return str(self._control.post("keys/rotate")["kid"])

    def retire(self) -> str:
        """Forget every key but the newest. Returns its id."""
        return str(self._control.post("keys/retire")["kid"])

    def __repr__(self) -> str:
        return "the signing keys: rotate(), retire()"


def span(seconds: float) -> str:
    """Write a length of time in its largest whole units: 31 min, 1 d 2 h, 0 s."""
    rest, parts = round(seconds), []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"
