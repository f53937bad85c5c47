"""What servers and Locust report to the kit, as JSON.

They are the answers of `GET /lab/trace/<id>`, `GET /lab/state`, `POST /lab/users` and `GET /recorded`, and
what the load engine prints after each slice. The side that writes a report and the side that shows it both
read its shape here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict


class EventReport(TypedDict):
    """One event. Times are in microseconds, `at` since the request began; `chip` is a fingerprint."""

    at: float
    us: float
    kind: str
    actor: str
    target: str
    party: str
    verb: str
    details: Mapping[str, Any]
    text: str
    chip: str | None
    ok: bool


class CredentialReport(TypedDict):
    """What the request was recognised by: `carrier` is cookie or header, `chip` the fingerprint."""

    carrier: str
    name: str
    chip: str


class TraceReport(TypedDict):
    """One request. `at` is in seconds since 1970, `spans` in microseconds, `worker` a process id."""

    id: str
    method: str
    path: str
    flow: str
    at: float
    status: int
    credential: CredentialReport | None
    spans: dict[str, float]
    counts: dict[str, int]
    events: list[EventReport]
    worker: int


class ClockReport(TypedDict):
    """The lab's clock: seconds since 1970, and how far it is ahead."""

    now: float
    offset: float


class RowReport(TypedDict):
    """A row of the session store. `key` is a hash, and so opens nothing; `data` is as it is stored."""

    kind: str
    key: str
    chip: str
    owner: str
    expires: float
    data: dict[str, Any]


class StoreReport(TypedDict):
    """The session store: its kind, and all its rows."""

    kind: str
    rows: list[RowReport]


class AccountReport(TypedDict):
    """A user; `password` is which hash it is and its cost, not the salt and the hash."""

    username: str
    role: str
    email: str
    disabled: bool
    password: str


class UserReport(TypedDict):
    """A user as the flows show one: what `/session/me`, `/token/me` and `POST /lab/users` answer."""

    username: str
    role: str
    email: str


class KeyReport(TypedDict):
    """A signing key; `signs` is whether it is the newest, which signs."""

    kid: str
    alg: str
    signs: bool


class StateReport(TypedDict):
    """All that a server remembers; `worker` is the process that says so."""

    clock: ClockReport
    store: StoreReport
    users: list[AccountReport]
    keys: list[KeyReport]
    worker: int


class Received(TypedDict):
    """What came with one request to the recorder: names of cookies, never their values."""

    method: str
    cookies: list[str]
    authorization: bool
    origin: str
    site: str


class Recorded(TypedDict):
    """All that the recorder of the other sites knows: requests by their names, and what scripts stole.

    `loot` has the latest pieces; `taken` counts all since the start.
    """

    received: dict[str, Received]
    loot: list[str]
    taken: int


class RequestLoad(TypedDict):
    """What came of one request, such as "GET /session/me", under load. Spans are medians in microseconds."""

    requests: int
    errors: int
    spans: dict[str, float]


class LoadReport(TypedDict):
    """One number of users of one flow, from the first slice to this one.

    `seconds` are those that were counted, spans the server's medians in microseconds, `engine` the share of a
    core that Locust used, `rates` the requests a second of each slice, `wrong` the first error.
    """

    flow: str
    users: int
    seconds: float
    requests: int
    errors: int
    wrong: str | None
    spans: dict[str, float]
    by_request: dict[str, RequestLoad]
    engine: float
    rates: list[float]
