"""Scenarios for two exercises of 09: a policy for scripts, and tabs that renew their tokens at the same time.

Each is called with the learner's function and returns in a few words how it went. Raises NotImplementedError
where nothing is written yet.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from labserver.kit.exercises.sandbox import stop
from labserver.kit.stopped import Task

RUNS, KEPT_OUT = "runs", "kept out"
NONCE, EARLIER = "bm9uY2Ugb2YgdGhpcw", "bm9uY2UgZWFybGllcg"
UNWRITTEN = (None, NotImplemented, Ellipsis)

MakePolicy = Callable[[str], str]
Pair = dict[str, str]
Renew = Callable[[dict[str, Any], threading.Lock, str, Callable[[str], "Pair | None"]], "str | None"]


def directives(policy: str) -> dict[str, list[str]]:
    """Read a Content-Security-Policy: {name: its sources}. Of two with the same name the first one counts."""
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.split() or [""]
        found.setdefault(name.lower(), sources)
    return found


def script_runs(make: MakePolicy, script: str) -> str:
    """Let a page with this policy meet a script. The rules are those of CSP Level 3, as far as needed.

    Raises NotImplementedError where nothing is written yet.
    """
    make(EARLIER)  # an earlier page, with a nonce of its own
    policy = make(NONCE)
    if any(policy is nothing for nothing in UNWRITTEN):
        raise NotImplementedError("there is no policy yet")
    found = directives(policy)
    sources = found.get("script-src", found.get("default-src", ["*", "'unsafe-inline'"]))
    nonced = any(source.startswith("'nonce-") for source in sources)
    by_place = {
        "inline": "'unsafe-inline'" in sources and not nonced,
        "remote": bool({"*", "http:", "https:", "https://evil.example"} & set(sources)),
        "own origin": bool({"*", "http:", "https:", "'self'"} & set(sources)),
        "earlier nonce": f"'nonce-{EARLIER}'" in sources,
        "base": "base-uri" not in found and f"'nonce-{NONCE}'" in sources,
        "ours": bool({"*", "http:", "https:", "'self'", f"'nonce-{NONCE}'"} & set(sources)),
    }
    return RUNS if by_place[script] else KEPT_OUT


class TokenServer:
    """What renews tokens: each refresh token is good once, and a second use ends the family."""

    def __init__(self) -> None:
        self.uses, self.dead = 0, False
        self._lock = threading.Lock()

    @property
    def first(self) -> Pair:
        """The pair that the login gave."""
        return {"access_token": "access 0", "refresh_token": "refresh 0"}

    def ask(self, refresh_token: str) -> Pair | None:
        """Answer `POST /token/refresh`; None if the server refuses."""
        time.sleep(0.03)  # the way there and back: another tab may ask meanwhile
        with self._lock:
            self.dead |= refresh_token != f"refresh {self.uses}"
            if self.dead:
                return None
            self.uses += 1
            return {"access_token": f"access {self.uses}", "refresh_token": f"refresh {self.uses}"}


def _begin(renew: Renew) -> tuple[TokenServer, dict[str, Any], threading.Lock]:
    server = TokenServer()
    store, lock = {"pair": server.first}, threading.Lock()
    token = renew(store, lock, "access 0", server.ask)
    if any(token is nothing for nothing in UNWRITTEN):
        raise NotImplementedError("no token comes back yet")
    return TokenServer(), {"pair": server.first}, threading.Lock()


def one_tab(renew: Renew, *_: object) -> str:
    """Let one tab renew twice, one after the other."""
    server, store, lock = _begin(renew)
    tokens = [renew(store, lock, f"access {number}", server.ask) for number in (0, 1)]
    return f"{tokens[0]}, then {tokens[1]}"


def tab_that_comes_later(renew: Renew, *_: object) -> str:
    """Let a second tab come with the old token, when the first one has renewed it already."""
    server, store, lock = _begin(renew)
    tokens = [renew(store, lock, "access 0", server.ask) for _ in range(2)]
    return f"{tokens[0]} and {tokens[1]}, {server.uses} refresh"


def two_tabs_at_once(renew: Renew, *_: object) -> str:
    """Let two tabs come with the old token at the same time."""
    server, store, lock = _begin(renew)
    tokens: dict[str, str | None] = {}

    def tab(name: str) -> None:
        tokens[name] = renew(store, lock, "access 0", server.ask)

    tabs = [Task(partial(tab, "first")), Task(partial(tab, "second"))]
    try:
        for one in tabs:
            one.start()
        for one in tabs:
            one.wait()
            if one.error:
                raise one.error
    finally:
        for one in tabs:
            if not one.wait(0):
                stop(one)  # the time is up, and a loop that never ends would go on
    ended = "; the server took it for a theft and ended the family" if server.dead else ""
    return f"{tokens['first']} and {tokens['second']}{ended}"


def refused(renew: Renew, *_: object) -> str:
    """Let the server refuse: somebody has logged out everywhere."""
    server, store, lock = _begin(renew)
    server.dead = True
    token = renew(store, lock, "access 0", server.ask)
    return f"{token}, the store holds {store['pair']}"
