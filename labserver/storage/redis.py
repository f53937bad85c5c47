"""The session store in Redis."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from labserver.errors import RowUnreadable, StoreDown, StoreUnusable
from labserver.storage.base import KINDS, Record, RecordKind, dumps, parse
from labserver.storage.rows import make_record


class RedisStore:
    """A store on the network, shared by any number of machines; survives what Redis is set up to survive.

    Raises StoreUnusable if Redis does not answer, or if its package is not installed.
    """

    name = "redis"
    # One key per script, so that a Redis cluster can run them. Redis itself forgets the row at its expiry.
    _PUT = "redis.call('SET', KEYS[1], ARGV[1]) redis.call('PEXPIREAT', KEYS[1], ARGV[2])"
    _SAME = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end"
    _SET_IF_SAME = (
        f"{_SAME} redis.call('SET', KEYS[1], ARGV[2]) redis.call('PEXPIREAT', KEYS[1], ARGV[3]) return 1"
    )
    _DELETE_IF_SAME = f"{_SAME} return redis.call('DEL', KEYS[1])"
    _TIMEOUT = 1.0

    def __init__(self, url: str) -> None:
        try:  # not at the top: it is an extra, it takes 0.1 s to import, and most servers here never use it
            import redis
        except ModuleNotFoundError:
            raise StoreUnusable(
                "A store in Redis needs one more package: python -m pip install labserver[redis]"
            ) from None
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._failures = (redis.RedisError, OSError)
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=self._TIMEOUT,
            socket_connect_timeout=self._TIMEOUT,
            retry=Retry(NoBackoff(), 0),  # a compare_and_set that may have happened must not be sent again
        )
        try:
            self._redis.ping()
        except self._failures as error:
            said = str(error).rstrip(".")
            raise StoreUnusable(f"Redis at {urlsplit(url).hostname} does not answer: {said}.") from error

    def get(self, kind: RecordKind, key: bytes) -> Record | None:
        value = self._call("GET", self._name(kind, key))
        if value is None:
            return None
        fields = parse(value)
        if type(fields) is not dict:
            fields = {}
        return make_record(kind, fields.get("owner"), fields.get("expires"), fields.get("data"))

    def put(self, kind: RecordKind, key: bytes, record: Record) -> None:
        # First the owner's list, then the row: a list may name a row that is not there, but a row that no
        # list names could not be ended by "log out everywhere".
        self._call("ZADD", self._list(kind, record.owner), record.expires, key)
        self._call("EVAL", self._PUT, 1, self._name(kind, key), *self._values(record))

    def compare_and_set(self, kind: RecordKind, key: bytes, old: Record, new: Record | None) -> bool:
        if new is not None:
            self._call("ZADD", self._list(kind, new.owner), new.expires, key)
        script = self._SET_IF_SAME if new else self._DELETE_IF_SAME
        words = (self._values(old)[0], *(self._values(new) if new else ()))
        return bool(self._call("EVAL", script, 1, self._name(kind, key), *words))

    def delete(self, kind: RecordKind, keys: Iterable[bytes]) -> None:
        for key in keys:
            self._call("DEL", self._name(kind, key))

    def find(self, kind: RecordKind, owner: str | None = None) -> list[tuple[bytes, Record]]:
        lists = [self._list(kind, owner)] if owner is not None else self._lists(kind)
        keys = [key for name in lists for key in self._call("ZRANGE", name, 0, -1)]
        found = []
        for key in keys:
            with suppress(RowUnreadable):
                if row := self.get(kind, key):
                    found.append((key, row))
        return found

    def purge_expired(self, now: float) -> None:
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
    def _name(kind: RecordKind, key: bytes) -> str:
        return f"lab:{kind}:{key.hex()}"

    @staticmethod
    def _list(kind: str, owner: str) -> str:
        return f"lab:{kind}-of:{owner}"

    @staticmethod
    def _values(record: Record) -> tuple[str, int]:
        return dumps(record._asdict()), int(record.expires * 1000)
