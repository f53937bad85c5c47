"""The knobs of a lab: its clock, its faults, its keys. Each turns something at the lab desk."""

from __future__ import annotations

from typing import Any

import requests

from labserver.kit.failures import START_AGAIN, ControlRefused, ServerGone
from labserver.kit.processes.child import Child
from labserver.kit.processes.client import Direct

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


class Message(str):
    """A sentence that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ControlClient:
    """Speak to `/lab/*` with the key that only the starter of the server has."""

    def __init__(self, server: Child) -> None:
        self._server = server
        self._session = Direct()
        self._session.verify = server.hello.get("ca") or True

    def get(self, path: str) -> Any:
        """Ask the desk; raises DeskRefused if it refuses, ServerGone if nobody answers."""
        return self._ask("GET", path)

    def post(self, path: str, **what: Any) -> Any:
        """Turn something; the same exceptions as `get`."""
        return self._ask("POST", path, {name: value for name, value in what.items() if value is not None})

    def close(self) -> None:
        self._session.close()

    def response(self, path: str) -> requests.Response:
        """Ask the desk, and give the whole answer."""
        return self._send("GET", path)

    def _ask(self, method: str, path: str, what: dict[str, Any] | None = None) -> Any:
        answer = self._send(method, path, what)
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, what: dict[str, Any] | None = None) -> requests.Response:
        try:
            # Asked each time: a server that was started anew has a new key.
            url, key = (self._server.hello[name] for name in ("url", "lab_key"))
            answer = self._session.request(
                method, f"{url}/lab/{path}", json=what, headers={"X-Lab-Key": key}, timeout=30
            )
        except requests.ConnectionError:
            raise ServerGone(
                f"the lab's server does not answer: {self._server.exit_reason()}. {START_AGAIN}"
            ) from None
        if answer.ok:
            return answer
        try:
            reason = answer.json()["detail"]
        except (ValueError, KeyError, TypeError):
            reason = answer.reason
        raise ControlRefused(f"the lab desk answers {answer.status_code} to {method} /lab/{path}: {reason}")


class ClockControl:
    """The server's clock. Moved forward, hours pass in no time."""

    def __init__(self, desk: ControlClient) -> None:
        self._desk = desk

    def now(self) -> float:
        """Read the server's clock: seconds since 1970."""
        return float(self._desk.get("state")["clock"]["now"])

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> Message:
        """Move the server's clock on, and tell how far it moved. It never goes back. Nobody waits."""
        total = seconds + 60 * minutes + 3600 * hours + 86400 * days
        moved = self._desk.post("clock", advance=total)["moved"]
        if total < 0:
            return Message(f"the clock stands still for {span(-total)}")
        return Message(f"the clock is {span(moved)} further")

    def hold(self) -> Message:
        """Stop the server's clock where it stands; advance() still moves it."""
        self._desk.post("clock", advance=0, hold=True)
        return Message("the clock is held")

    def run(self) -> Message:
        """Let a held clock run on."""
        self._desk.post("clock", advance=0, hold=False)
        return Message("the clock runs")

    def __repr__(self) -> str:
        return "the server's clock: advance(minutes=31), hold(), run(), now()"


class FaultControl:
    """What can go wrong with the session store, at the turn of a switch."""

    def __init__(self, desk: ControlClient) -> None:
        self._desk = desk

    def store_down(self) -> Message:
        """Let the store answer nobody."""
        self._desk.post("faults", store="down")
        return Message("the store is down")

    def store_up(self) -> Message:
        """Let the store answer again, at once."""
        self._desk.post("faults", store="up")
        return Message("the store is up")

    def store_delay(self, us: float) -> Message:
        """Let every answer of the store take `us` microseconds longer."""
        self._desk.post("faults", store="slow", us=round(us))
        return Message(f"the store takes {us:g} µs longer")

    def __repr__(self) -> str:
        return "switches of the session store: store_down(), store_up(), store_delay(us=…)"


class KeyControl:
    """The keys that sign access tokens."""

    def __init__(self, desk: ControlClient) -> None:
        self._desk = desk

    def rotate(self) -> str:
        """Let a new key sign from now on; the old one still verifies. Gives the new key's id."""
        return str(self._desk.post("keys/rotate")["kid"])

    def retire(self) -> str:
        """Forget every key but the newest. Gives its id."""
        return str(self._desk.post("keys/retire")["kid"])

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
