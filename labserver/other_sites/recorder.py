"""Remember what browsers sent by themselves: the names of cookies, never their values."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TypedDict

from flask import Request

from labserver.formats.reports import Received, Recorded

KNOWN = ("sid", "grid", "bff", "strict", "lax", "none", "plain")
"""Cookies ignore ports, so those of other servers on this machine come along: they are not looked at."""

MOST = 500
"""Requests, and pieces of loot, that are remembered: the latest."""


class Latest(TypedDict):
    """The latest request of a name: its number, which tells it from the one before, and what came."""

    number: int
    words: str


class Recorder:
    """The latest requests by the name that the page gave them, and what scripts sent to the attacker."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._received: OrderedDict[str, tuple[int, Received]] = OrderedDict()
        self._number = 0
        self._loot: list[str] = []
        self._taken = 0

    def keep(self, name: str, request: Request) -> Received:
        """Remember a request."""
        sent = [pair.partition("=")[0].strip() for pair in request.headers.get("Cookie", "").split(";")]
        found = Received(
            method=request.method,
            cookies=sorted(set(sent) & set(KNOWN)),
            authorization="Authorization" in request.headers,
            origin=request.headers.get("Origin", ""),
            site=request.headers.get("Sec-Fetch-Site", ""),
        )
        with self._lock:
            self._number += 1
            self._received[name] = self._number, found
            while len(self._received) > MOST:
                self._received.popitem(last=False)
        return found

    def latest(self, name: str) -> Latest:
        """Return the latest request of this name, in words; number 0 where none came."""
        with self._lock:
            number, found = self._received.get(name, (0, None))
        return {"number": number, "words": in_words(found) if found else ""}

    def take(self, loot: str) -> None:
        """Keep what a script has sent."""
        with self._lock:
            self._loot = [*self._loot, loot][-MOST:]
            self._taken += 1

    def report(self) -> Recorded:
        """Return all that is remembered."""
        with self._lock:
            received = {name: found for name, (_, found) in self._received.items()}
            return {"received": received, "loot": list(self._loot), "taken": self._taken}


def in_words(received: Received) -> str:
    """Say what came with a request."""
    cookies = ", ".join(received["cookies"]) or "none"
    header = "one" if received["authorization"] else "none"
    return f"{received['method']}. Cookies: {cookies}. Authorization header: {header}."
