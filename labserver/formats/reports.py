"""What servers report to the kit, as JSON: `GET /lab/trace/<id>`, `GET /lab/state`, and `GET /recorded`.

Both sides read the shapes here: the server, which writes these reports, and the kit, which shows them.
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
    """All that the recorder of the other sites knows: requests by their names, and what scripts stole."""

    received: dict[str, Received]
    loot: list[str]
