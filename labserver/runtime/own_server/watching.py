"""What is watched and moved from outside while a learner's file runs: time, signatures, databases.

The file is not asked for a clock, a key or a table. Before it is loaded, `time`, `datetime`, `jwt.encode` and
`sqlite3.connect` are replaced by what does the same, and remembers.
"""

from __future__ import annotations

import datetime as datetime_module
import sqlite3
import time
from contextlib import closing, suppress
from datetime import datetime, tzinfo
from functools import wraps
from typing import Any

import jwt
import jwt.api_jwt

MOST_TEXTS = 2000
_time, _monotonic, _connect, _datetime = time.time, time.monotonic, sqlite3.connect, datetime


class MovedClock:
    """A clock that can be moved forward, held, and let run on."""

    def __init__(self) -> None:
        self.offset, self.held = 0.0, 0.0

    def time(self) -> float:
        """Return the seconds since 1970, as this clock shows them."""
        return self.held or _time() + self.offset

    def move(self, seconds: float, hold: bool | None) -> None:
        """Go forward. Then stand still, or run on, or (None) do as before."""
        if self.held:
            self.held += seconds
        else:
            self.offset += seconds
        if hold is True:
            self.held = self.time()
        elif hold is False and self.held:
            self.offset, self.held = self.held - _time(), 0.0

    def install(self) -> None:
        """Let `time.time()`, `time.monotonic()` and `datetime.now()` follow this clock, in all modules."""
        clock = self

        class Instance(type):
            def __instancecheck__(cls, one: object) -> bool:
                return isinstance(one, _datetime)

        class Moved(datetime, metaclass=Instance):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Moved:
                return cls.fromtimestamp(clock.time(), tz)

            @classmethod
            def utcnow(cls) -> Moved:
                """Return the moved time in UTC, without a time zone, as `datetime.utcnow` does."""
                return cls.fromtimestamp(clock.time(), datetime_module.UTC).replace(tzinfo=None)

        Moved.__name__ = Moved.__qualname__ = "datetime"
        sqlite3.register_adapter(Moved, lambda moment: moment.isoformat(" "))
        replacements: tuple[tuple[Any, str, Any], ...] = (
            (time, "time", clock.time),
            (time, "time_ns", lambda: int(clock.time() * 1e9)),
            (time, "monotonic", lambda: _monotonic() + clock.offset),
            (datetime_module, "datetime", Moved),
            (jwt.api_jwt, "datetime", Moved),
        )
        for module, name, value in replacements:
            setattr(module, name, value)


class Signer:
    """Signs as the file does: with the key that it gave to `jwt.encode` last, for the same key id."""

    def __init__(self) -> None:
        self._keys: dict[str | None, tuple[Any, str]] = {}

    def install(self) -> None:
        """Remember the keys that `jwt.encode` is given."""
        original = jwt.PyJWT.encode
        signer = self

        @wraps(original)
        def encode(
            self: Any, payload: Any, key: Any, algorithm: Any = "HS256", *rest: Any, **more: Any
        ) -> str:
            headers = more.get("headers") or (rest[0] if rest else None) or {}
            for kid in {headers.get("kid"), None}:
                signer._keys[kid] = (key, str(headers.get("alg") or algorithm))
            return original(self, payload, key, algorithm, *rest, **more)

        setattr(jwt.PyJWT, "encode", encode)  # noqa: B010 - a method of another library's class
        jwt.encode = jwt.api_jwt.encode = jwt.PyJWT().encode

    def sign(self, signed: str, kid: str | None) -> bytes:
        """Return the signature of these bytes. Raises LookupError if the file has not signed anything yet."""
        key, name = self._keys.get(kid) or self._keys[None]
        algorithm = jwt.get_algorithm_by_name(name)
        return algorithm.sign(signed.encode(), algorithm.prepare_key(key))


class Databases:
    """The databases that the file opens with sqlite3: what a thief of a backup could read in them."""

    def __init__(self) -> None:
        self._opened: list[tuple[sqlite3.Connection, str]] = []

    def install(self) -> None:
        """Remember each connection."""

        @wraps(_connect)
        def connect(database: Any, *rest: Any, **more: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = _connect(database, *rest, **more)
            self._opened = [*self._opened, (connection, str(database))][-50:]
            return connection

        for module in (sqlite3, sqlite3.dbapi2):
            setattr(module, "connect", connect)  # noqa: B010 - mypy knows the original's overloads only

    def texts(self) -> list[str]:
        """Return every text in every table, as it is stored. Bytes count if they are text."""
        found: dict[str, None] = {}
        for connection, place in self._opened:
            with suppress(sqlite3.Error, OSError):
                if place in (":memory:", ""):
                    found |= dict.fromkeys(_texts(connection))
                else:
                    with closing(_connect(place)) as again:
                        found |= dict.fromkeys(_texts(again))
        return list(found)[:MOST_TEXTS]


def _texts(connection: sqlite3.Connection) -> list[str]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    texts = []
    for (name,) in (tuple(row) for row in names):
        quoted = str(name).replace('"', '""')
        for row in connection.execute(f'SELECT * FROM "{quoted}"').fetchall():  # noqa: S608 - its own name
            for cell in tuple(row):
                with suppress(UnicodeDecodeError):
                    texts.append(cell.decode() if isinstance(cell, bytes) else str(cell))
    return texts
