"""Where the server keeps what it must remember: in this process, in SQLite, or in Redis.

All three speak five verbs. A store never sees a credential, only its SHA-256, so that whoever reads the
database can log in as nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, Protocol

from labserver.errors import RowUnreadable

RecordKind = Literal["session", "family", "denied"]
KINDS: tuple[RecordKind, ...] = ("session", "family", "denied")


class Record(NamedTuple):
    """A row: whose it is, when it may be forgotten (seconds since 1970), and what it says (JSON)."""

    owner: str
    expires: float
    data: dict[str, Any]


class Store(Protocol):
    """Five verbs over rows found by a 32-byte key. All raise StoreDown when the store does not answer.

    A row that is not as this server writes it (a damaged file, another program, an older version) is
    RowUnreadable to `get`, and left out by `find`.

    Rows past their `expires` may still be given back: the caller, who has the clock, decides.
    """

    name: str

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        """Read one row."""

    def put(self, kind: RecordKind, key: bytes, record: Record) -> None:
        """Write a new row; it survives a crash once this returns (except in memory)."""

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        """Replace the row (None: delete it) if it is still `old`; else do nothing and give False."""

    def delete(self, kind: RecordKind, keys: Iterable[bytes]) -> None:
        """Delete rows, all at once; those that are not there are no error."""

    def find(self, kind: RecordKind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        """List one owner's rows, or everybody's."""

    def purge_expired(self, now: float) -> None:
        """Delete all rows that have expired at `now`. Housekeeping: a request never needs it."""


def dumps(data: dict[str, Any]) -> str:
    """Write JSON in the one spelling that `swap` can compare."""
    return json.dumps(data, separators=(",", ":"), sort_keys=True)


# Reads what `dumps` has written, and gives it with its length. `json.loads` would look for byte order marks
# and other encodings first, which takes longer than reading.
_read = json.JSONDecoder().raw_decode
LATEST = 2.0**53
"""No time of ours is later; up to it, arithmetic with times is exact, and every store takes them."""


def _parse(written: Any) -> Any:
    """Read JSON; None if it is none."""
    try:
        text = written.decode() if isinstance(written, bytes) else written
        value, end = _read(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return value if end == len(text) else None


def _record(kind: RecordKind, owner: Any, expires: Any, data: Any) -> Record:
    """Make a record of a stored row. Raises RowUnreadable if a part is missing or of another kind."""
    if type(owner) is str and is_time(expires) and type(data) is dict:
        return Record(owner, expires, data)
    raise RowUnreadable(f"the row of a {kind} is not as this server writes it")


def is_time(value: Any) -> bool:
    """Tell whether this is a time as we write them: a number, and not NaN or beyond all dates."""
    return type(value) in (float, int) and -LATEST <= value <= LATEST
