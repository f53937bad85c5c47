"""Where the server keeps what it must remember: in this process, in SQLite, or in Redis.

All three speak five verbs. A store never sees a credential, only its SHA-256, so that whoever reads the
database can log in as nobody.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from labserver import trace
from labserver.database import Database
from labserver.errors import RowUnreadable, StoreDown, StoreUnusable

Kind = Literal["session", "family", "denied"]
KINDS: tuple[Kind, ...] = ("session", "family", "denied")


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

    def get(self, kind: Kind, key: bytes) -> Record | None:
        """Read one row."""

    def put(self, kind: Kind, key: bytes, record: Record) -> None:
        """Write a new row; it survives a crash once this returns (except in memory)."""

    def swap(self, kind: Kind, key: bytes, old: Record, new: Record | None) -> bool:
        """Replace the row (None: delete it) if it is still `old`; else do nothing and give False."""

    def drop(self, kind: Kind, keys: Iterable[bytes]) -> None:
        """Delete rows, all at once; those that are not there are no error."""

    def find(self, kind: Kind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        """List one owner's rows, or everybody's."""

    def forget(self, now: float) -> None:
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


def _record(kind: Kind, owner: Any, expires: Any, data: Any) -> Record:
    """Make a record of a stored row. Raises RowUnreadable if a part is missing or of another kind."""
    if type(owner) is str and is_time(expires) and type(data) is dict:
        return Record(owner, expires, data)
    raise RowUnreadable(f"the row of a {kind} is not as this server writes it")


def is_time(value: Any) -> bool:
    """Tell whether this is a time as we write them: a number, and not NaN or beyond all dates."""
    return type(value) in (float, int) and -LATEST <= value <= LATEST


class MemoryStore:
    """A dict in this process: quickest, gone when the process is, and invisible to the other workers."""

    name = "memory"

    def __init__(self) -> None:
        self._rows: dict[Kind, dict[bytes, Record]] = {"session": {}, "family": {}, "denied": {}}
        self._lock = threading.Lock()

    def get(self, kind: Kind, key: bytes) -> Record | None:
        return self._rows[kind].get(key)

    def put(self, kind: Kind, key: bytes, record: Record) -> None:
        self._rows[kind][key] = record

    def swap(self, kind: Kind, key: bytes, old: Record, new: Record | None) -> bool:
        with self._lock:
            if self._rows[kind].get(key) != old:
                return False
            if new is None:
                del self._rows[kind][key]
            else:
                self._rows[kind][key] = new
            return True

    def drop(self, kind: Kind, keys: Iterable[bytes]) -> None:
        with self._lock:
            for key in keys:
                self._rows[kind].pop(key, None)

    def find(self, kind: Kind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        with self._lock:
            return [(key, row) for key, row in self._rows[kind].items() if owner in (None, row.owner)]

    def forget(self, now: float) -> None:
        for kind in self._rows:
            self.drop(kind, [key for key, row in self.find(kind) if row.expires <= now])


class SQLiteStore:
    """A file on this machine, shared by all its workers; survives a crash."""

    name = "sqlite"
    # WITHOUT ROWID: the row lives in the key's own B-tree; a check is one descent of it, at half the bytes.
    _SCHEMA = "".join(
        f"CREATE TABLE IF NOT EXISTS {kind} "
        "(key BLOB PRIMARY KEY, owner TEXT NOT NULL, expires REAL NOT NULL, data TEXT NOT NULL) "
        "WITHOUT ROWID;"
        f"CREATE INDEX IF NOT EXISTS {kind}_owner ON {kind} (owner);"
        for kind in KINDS
    )
    _GET: ClassVar = {kind: f"SELECT owner, expires, data FROM {kind} WHERE key = ?" for kind in KINDS}

    def __init__(self, path: Path) -> None:
        self._database = Database(path, self._SCHEMA)

    def get(self, kind: Kind, key: bytes) -> Record | None:
        for owner, expires, data in self._database.rows(self._GET[kind], (key,)):
            return _record(kind, owner, expires, _parse(data))
        return None

    def put(self, kind: Kind, key: bytes, record: Record) -> None:
        self._database.change(
            f"INSERT OR REPLACE INTO {kind} VALUES (?, ?, ?, ?)",
            (key, record.owner, record.expires, dumps(record.data)),
        )

    def swap(self, kind: Kind, key: bytes, old: Record, new: Record | None) -> bool:
        still = (key, old.owner, old.expires, dumps(old.data))
        same = "WHERE key = ? AND owner = ? AND expires = ? AND data = ?"
        if new is None:
            return self._database.change(f"DELETE FROM {kind} {same}", still) == 1
        values = (new.owner, new.expires, dumps(new.data), *still)
        sql = f"UPDATE {kind} SET owner = ?, expires = ?, data = ? {same}"
        return self._database.change(sql, values) == 1

    def drop(self, kind: Kind, keys: Iterable[bytes]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(f"DELETE FROM {kind} WHERE key = ?", [(key,) for key in keys])

    def find(self, kind: Kind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        everybody = f"SELECT key, owner, expires, data FROM {kind}"
        one = (everybody + " WHERE owner = ?", (owner,))
        rows = self._database.rows(everybody) if owner is None else self._database.rows(*one)
        found = []
        for key, whose, expires, data in rows:
            with suppress(RowUnreadable):
                found.append((key, _record(kind, whose, expires, _parse(data))))
        return found

    def forget(self, now: float) -> None:
        for kind in KINDS:
            some = f"SELECT key FROM {kind} WHERE expires <= ? LIMIT 10000"
            self._database.change(f"DELETE FROM {kind} WHERE key IN ({some})", (now,))


class RedisStore:
    """A store on the network, shared by any number of machines; survives what Redis is set up to survive."""

    name = "redis"
    # One key per script, so that a Redis cluster can run them. Redis itself forgets the row at its expiry.
    _PUT = "redis.call('SET', KEYS[1], ARGV[1]) redis.call('PEXPIREAT', KEYS[1], ARGV[2])"
    _SAME = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end"
    _SWAP = f"{_SAME} redis.call('SET', KEYS[1], ARGV[2]) redis.call('PEXPIREAT', KEYS[1], ARGV[3]) return 1"
    _SWAP_OUT = f"{_SAME} return redis.call('DEL', KEYS[1])"
    _TIMEOUT = 1.0

    def __init__(self, url: str) -> None:
        import redis  # not at the top: it takes 0.1 s to import, and most servers here never use it
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._failures = (redis.RedisError, OSError)
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=self._TIMEOUT,
            socket_connect_timeout=self._TIMEOUT,
            retry=Retry(NoBackoff(), 0),  # a swap that may have happened must not be sent again
        )
        try:
            self._redis.ping()
        except self._failures as error:
            said = str(error).rstrip(".")
            raise StoreUnusable(f"Redis at {urlsplit(url).hostname} does not answer: {said}.") from error

    def get(self, kind: Kind, key: bytes) -> Record | None:
        value = self._call("GET", self._name(kind, key))
        if value is None:
            return None
        fields = _parse(value)
        if type(fields) is not dict:
            fields = {}
        return _record(kind, fields.get("owner"), fields.get("expires"), fields.get("data"))

    def put(self, kind: Kind, key: bytes, record: Record) -> None:
        # First the owner's list, then the row: a list may name a row that is not there, but a row that no
        # list names could not be ended by "log out everywhere".
        self._call("ZADD", self._list(kind, record.owner), record.expires, key)
        self._call("EVAL", self._PUT, 1, self._name(kind, key), *self._values(record))

    def swap(self, kind: Kind, key: bytes, old: Record, new: Record | None) -> bool:
        if new is not None:
            self._call("ZADD", self._list(kind, new.owner), new.expires, key)
        script = self._SWAP if new else self._SWAP_OUT
        words = (self._values(old)[0], *(self._values(new) if new else ()))
        return bool(self._call("EVAL", script, 1, self._name(kind, key), *words))

    def drop(self, kind: Kind, keys: Iterable[bytes]) -> None:
        for key in keys:
            self._call("DEL", self._name(kind, key))

    def find(self, kind: Kind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        lists = [self._list(kind, owner)] if owner is not None else self._lists(kind)
        keys = [key for name in lists for key in self._call("ZRANGE", name, 0, -1)]
        found = []
        for key in keys:
            with suppress(RowUnreadable):
                if row := self.get(kind, key):
                    found.append((key, row))
        return found

    def forget(self, now: float) -> None:
        for name in [name for kind in KINDS for name in self._lists(kind)]:
            self._call("ZREMRANGEBYSCORE", name, "-inf", now)  # Redis has forgotten the rows already

    def _call(self, *words: Any) -> Any:
        # Straight over a connection: what the client does beside, such as trying again, costs a fifth more.
        try:
            connection = self._redis.connection_pool.get_connection()
            try:
                connection.send_command(*words)  # type: ignore[no-untyped-call]
                return connection.read_response()
            finally:
                self._redis.connection_pool.release(connection)
        except self._failures as error:
            raise StoreDown(f"redis: {error}") from error

    def _lists(self, kind: str) -> list[bytes]:
        try:
            return list(self._redis.scan_iter(match=self._list(kind, "*"), count=1000))
        except self._failures as error:
            raise StoreDown(f"redis: {error}") from error

    @staticmethod
    def _name(kind: Kind, key: bytes) -> str:
        return f"lab:{kind}:{key.hex()}"

    @staticmethod
    def _list(kind: str, owner: str) -> str:
        return f"lab:{kind}-of:{owner}"

    @staticmethod
    def _values(record: Record) -> tuple[str, int]:
        return dumps(record._asdict()), int(record.expires * 1000)


class TracedStore:
    """Any store, with every verb recorded in the request's trace. Lab mode only."""

    _WHAT: ClassVar[dict[Kind, str]] = {
        "session": "a session",
        "family": "a refresh family",
        "denied": "a denied token id",
    }

    def __init__(self, store: Store) -> None:
        self._store, self.name = store, store.name

    def get(self, kind: Kind, key: bytes) -> Record | None:
        with trace.step("store.get", key, what=self._WHAT[kind]) as step:
            record = self._store.get(kind, key)
            step.ok = record is not None
            step.digest = self._credential(kind, key, record)
            return record

    def put(self, kind: Kind, key: bytes, record: Record) -> None:
        with trace.step("store.put", self._credential(kind, key, record), what=self._WHAT[kind]):
            self._store.put(kind, key, record)

    def swap(self, kind: Kind, key: bytes, old: Record, new: Record | None) -> bool:
        verb = "store.swap" if new else "store.drop"
        with trace.step(verb, self._credential(kind, key, new or old), what=self._WHAT[kind]) as step:
            done = step.ok = self._store.swap(kind, key, old, new)
            return done

    @staticmethod
    def _credential(kind: Kind, key: bytes, record: Record | None) -> bytes:
        """Give the SHA-256 of the credential that the row is for: a family's is its good token's."""
        return bytes.fromhex(record.data["current"]) if kind == "family" and record else key

    def drop(self, kind: Kind, keys: Iterable[bytes]) -> None:
        keys = list(keys)
        if keys:
            with trace.step(
                "store.drop", keys[0] if len(keys) == 1 else None, what=_count(self._WHAT[kind], keys)
            ):
                self._store.drop(kind, keys)

    def find(self, kind: Kind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        with trace.step("store.find", what=_count(self._WHAT[kind], None), owner=owner or "everybody"):
            return self._store.find(kind, owner)

    def forget(self, now: float) -> None:
        self._store.forget(now)


def _count(what: str, keys: list[bytes] | None) -> str:
    noun = what.split(" ", 1)[1]
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    if keys is None:
        return plural
    return what if len(keys) == 1 else f"{len(keys)} {plural}"


def open_store(url: str, home: Path) -> Store:
    """Open the store that the setting names. Raises StoreUnusable, or ValueError for an unknown kind."""
    if url == "memory:":
        return MemoryStore()
    if url.startswith("sqlite:"):
        return SQLiteStore(Path(url.removeprefix("sqlite:") or home / "sessions.db"))
    if url.startswith(("redis://", "rediss://", "unix://")):
        return RedisStore(url)
    raise ValueError(f"There is no store {url!r}: use memory:, sqlite:PATH or redis://HOST:PORT.")
