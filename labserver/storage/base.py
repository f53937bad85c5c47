"""What every store offers, and what its rows say.

A store never sees a credential, only its SHA-256: reading the database lets nobody log in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, NotRequired, Protocol, TypedDict

RecordKind = Literal["session", "family", "denied"]
KINDS: tuple[RecordKind, ...] = ("session", "family", "denied")


class SessionData(TypedDict):
    """What a session's row says, found by the SHA-256 of the session id. Times in seconds since 1970."""

    created: float
    used: float
    cart: NotRequired[list[str]]
    flash: NotRequired[str]
    """What the site's next page reports, once."""
    sealed: NotRequired[str]
    """The tokens that the backend for frontend holds, encrypted with a key that only the cookie leads to,"""
    lease: NotRequired[float]
    """and until when one request alone may refresh them."""


class FamilyData(TypedDict):
    """What a refresh family's row says, found by the SHA-256 of the family's id.

    `current` is the SHA-256 (hex) of the refresh token that is good now; `issued` the access tokens that may
    still live, each its jti and expiry; `resource` the one service that they are for, if the login named one.
    """

    created: float
    used: float
    current: str
    issued: list[tuple[str, float]]
    resource: NotRequired[str]


class DeniedData(TypedDict):
    """What the row of a revoked access token says: nothing. It is there, found by the SHA-256 of the jti."""


class Record(NamedTuple):
    """A row: its owner, when it may be purged (seconds since 1970), and what it says (JSON)."""

    owner: str
    expires: float
    data: dict[str, Any]


class Store(Protocol):
    """Rows of each kind, found by a 32-byte key. All methods raise StoreDown if the store does not answer.

    A row that this server has not written so (a damaged file, another program, an older version) makes `get`
    raise RowUnreadable; `find` leaves it out. Rows past their `expires` may still be returned: the caller has
    the clock, and decides.
    """

    name: str
    """As in the registry."""

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        """Read one row."""

    def put(self, kind: RecordKind, key: bytes, record: Record) -> None:
        """Write a row; it is as durable as the store can make it once this returns."""

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        """Replace the row (None: delete it) if it is still `old`; otherwise do nothing and return False."""

    def delete(self, kind: RecordKind, keys: Iterable[bytes]) -> None:
        """Delete rows; a missing one is no error."""

    def find(self, kind: RecordKind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        """List one owner's rows with their keys, or everybody's."""

    def purge_expired(self, now: float) -> None:
        """Delete all rows that have expired at `now`. Housekeeping: no request needs it."""


def dumps(data: dict[str, Any]) -> str:
    """Serialize JSON in the one form that `compare_and_set` can compare."""
    return json.dumps(data, separators=(",", ":"), sort_keys=True)


# Parses what `dumps` has written, and returns it with its length. `json.loads` would look for byte order
# marks and other encodings first, which takes longer than parsing.
_raw_decode = json.JSONDecoder().raw_decode
_NUMBERS = (float, int)
LATEST = 2.0**53
"""No time of ours is later; up to it, arithmetic with times is exact, and every store takes them."""


def parse(written: Any) -> Any:
    """Parse a stored JSON text or its UTF-8 bytes; None for anything else."""
    try:
        text = written.decode() if isinstance(written, bytes) else written
        value, end = _raw_decode(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return value if end == len(text) else None


def is_time(value: Any) -> bool:
    """Tell whether this is a time as we write them: a number, and not NaN or beyond all dates."""
    return type(value) in _NUMBERS and -LATEST <= value <= LATEST
