"""Lab: a real server for one notebook, and the ways to look at what it did."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import requests

from labserver.kit.display.anatomy import Anatomy
from labserver.kit.display.diagram import Diagram
from labserver.kit.display.exchange import shape
from labserver.kit.display.ledger import Ledger
from labserver.kit.display.state import State
from labserver.kit.display.table import Chip, Table
from labserver.kit.display.wire import Wire
from labserver.kit.failures import KitError
from labserver.kit.measurement.break_even import BreakEven, break_even
from labserver.kit.measurement.load import USERS, USUAL, Load, load
from labserver.kit.measurement.measure import SECONDS, Measurement, measure
from labserver.kit.processes.child import Child
from labserver.kit.processes.control_client import ClockControl, FaultControl, KeyControl
from labserver.kit.processes.server import Machine, Recipe


class Login(dict[str, str]):
    """What a login sends. It shows itself without the password, so that none lands in a notebook."""

    def __repr__(self) -> str:
        return repr({**self, "password": "••••••"})


class Lab(Machine):
    """A running server with its own port, keys, database and demo users. `Lab.start()` makes one."""

    def __init__(
        self, server: Child, helpers: list[Child], about: str, recipe: Recipe, home: Path | None
    ) -> None:
        super().__init__(server, helpers, about, recipe, home)
        self._passwords = _passwords(server)
        self.clock, self.faults, self.keys = (
            ClockControl(self._desk),
            FaultControl(self._desk),
            KeyControl(self._desk),
        )

    def reset(self) -> None:
        """Begin afresh: no session, no refresh family, the first users, a new key, the right time."""
        self._desk.post("reset")
        self._passwords = _passwords(self._server)

    def tidy(self) -> int:
        """Let the server forget what has expired, as it does by itself now and then. Gives how many rows."""
        forgotten: int = self._desk.post("tidy")["forgotten"]
        return forgotten

    def login(self, username: str) -> Login:
        """Give the body of a login: {"username", "password"}."""
        if username not in self._passwords:
            names = ", ".join(sorted(self._passwords))
            raise KitError(
                f"there is no user {username!r} here; there are {names}. lab.user({username!r}) makes one."
            )
        return Login(username=username, password=self._passwords[username])

    def user(
        self,
        username: str,
        *,
        password: str | None = None,
        role: str | None = None,
        email: str | None = None,
        disabled: bool | None = None,
    ) -> dict[str, Any]:
        """Make a user, or change one: what is not given stays. A new one gets a fresh random password."""
        if username not in self._passwords and password is None:
            password = f"{secrets.randbelow(10**20):020}"  # no letter: it must not hold the name
        answer = self._desk.post(
            "users", username=username, password=password, role=role, email=email, disabled=disabled
        )
        if password is not None:
            self._passwords[username] = password
        user: dict[str, Any] = answer["user"]
        return user

    def load(self, *flows: str, users: Sequence[int] = USERS, seconds: float = 1.0, rounds: int = 2) -> Load:
        """Send this server as much as it answers: to each number of users, for `seconds` a flow.

        Flows are "none" (no check), "session", "token", "session-mixed" and "token-mixed" (log in, read,
        change, log out); without any, the first three. Makes accounts load1, load2, … for the users.
        """
        self.insist()
        return load(
            self.url,
            self._accounts,
            flows or USUAL,
            users,
            seconds,
            rounds=rounds,
            ca=self.ca,
            lab_key=self._server.hello["lab_key"],
        )

    def _accounts(self, count: int) -> list[tuple[str, str]]:
        names = [f"load{number}" for number in range(1, count + 1)]
        for name in names:
            if name not in self._passwords:
                self.user(name)
        return [(name, self._passwords[name]) for name in names]

    def sign(self, header: Mapping[str, Any] | str, payload: Mapping[str, Any] | str) -> str:
        """Let the server's present key sign this header and payload, whatever they say. Gives the token.

        A mapping is written as compact JSON in base64url; a string is a segment already, sent as it is.
        """
        segments = [part if isinstance(part, str) else _segment(part) for part in (header, payload)]
        signature = self._desk.post("sign", header=segments[0], payload=segments[1])["signature"]
        return ".".join([*segments, signature])

    def trace(self, response: requests.Response) -> dict[str, Any]:
        """Fetch what the server recorded about one request, as plain data."""
        try:
            trace: dict[str, Any] = self._desk.get(f"trace/{response.headers['X-Trace-Id']}")
        except AttributeError:
            raise KitError(
                f"this wants the answer of a request, as in r = client.get(…), not {type(response).__name__}"
            ) from None
        except KeyError:
            raise KitError("this answer has no trace: it does not come from a lab's server") from None
        return trace

    def show(self, *responses: requests.Response) -> Wire:
        """Show the wire: each request and its answer, credentials as chips. Redirects come first."""
        return Wire(_hops(responses))

    def diagram(self, *responses: requests.Response) -> Diagram:
        """Draw who talked to whom, in order, from the traces of these exchanges."""
        hops = _hops(responses)
        return Diagram([(response, self.trace(response)) for response in hops])

    def ledger(self, *responses: requests.Response | Mapping[str, requests.Response]) -> Ledger:
        """Count what these exchanges cost. A mapping gives them names: `{"log in": r1, "read": r2}`."""
        named: list[tuple[str | None, requests.Response]] = []
        for item in responses:
            named += item.items() if isinstance(item, Mapping) else [(None, item)]
        return Ledger([(name, response, self.trace(response)) for name, response in named])

    def state(self, part: str = "store") -> State:
        """Show what the server keeps: the rows of its "store" as stored, its "users", or its "keys"."""
        return State(self._desk.get("state"), part)

    def measure(
        self,
        subjects: Mapping[str, Any],
        *,
        seconds: float = SECONDS,
        within: float | None = None,
        span: str | None = None,
        control: bool = True,
        title: str = "",
    ) -> Measurement:
        """Measure who takes longer: {"session": r1, "token": r2}, answers, or functions that send a request.

        All take turns at random until the differences are known to ± `within` µs, or `seconds` are over.
        Beside them runs a request without a check, unless `control` is False.
        """
        beside = self._control(subjects) if control else None
        return measure(
            subjects,
            seconds=seconds,
            within=within,
            span=span,
            control=beside,
            title=title,
            ca=self.ca,
        )

    def break_even(
        self,
        subjects: Mapping[str, Any],
        *,
        delays: Sequence[float] | None = None,
        seconds: float = SECONDS,
    ) -> BreakEven:
        """Find how far away (µs) the store must be until the first, which asks it, is the dearer one."""
        return break_even(
            subjects,
            self.faults.store_delay,
            delays=delays,
            seconds=seconds,
            control=self._control(subjects),
            ca=self.ca,
        )

    def _control(self, subjects: Mapping[str, Any]) -> Any:
        """Give a request without a check, sent in the way in which the contenders' are."""
        ask = partial(self._desk.response, "control/ada")
        return ask if any(map(callable, subjects.values())) else ask()

    @staticmethod
    def chip(credential: str, kind: str | None = None) -> Chip:
        """Name a credential without telling it.

        `kind` is session, access, refresh or csrf; None tells it by its shape.
        """
        return Chip(kind or shape(credential), credential)

    @staticmethod
    def table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
        """Show what was found out. Cells are text, numbers, True and False (yes and no), None or chips."""
        return Table(title, head, rows)

    @staticmethod
    def anatomy(token: str) -> Anatomy:
        """Take a JWT apart into its three parts, as anybody can, without a key."""
        return Anatomy(token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Lab on {self.url} · {self._about}" if self._end.alive else f"Lab, stopped · {self._about}"


def _passwords(server: Child) -> dict[str, str]:
    return {name: user["password"] for name, user in server.hello["users"].items()}


def _hops(responses: tuple[requests.Response, ...]) -> list[requests.Response]:
    for response in responses:
        if not isinstance(response, requests.Response):
            raise KitError(
                f"this wants the answer of a request, as in r = client.get(…), not {type(response).__name__}"
            )
    return [hop for response in responses for hop in [*response.history, response]]


def _segment(part: Mapping[str, Any]) -> str:
    data = json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
