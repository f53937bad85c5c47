"""What no check can do without: the floors, measured beside the subjects."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
import time
import timeit
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import apsw

from labserver.tracing import trace

SESSIONS = 1000


@contextmanager
def floors(home: Path, redis_url: str | None) -> Iterator[dict[str, Callable[[], object]]]:
    """Give them by name: an HMAC over a token, a SHA-256 of an id, a descent of a B-tree, a round trip."""
    signed, secret, session_id = secrets.token_bytes(150), secrets.token_bytes(32), secrets.token_urlsafe(32)
    rows = [(secrets.token_bytes(32), secrets.token_bytes(60)) for _ in range(SESSIONS)]
    with ExitStack() as held:
        database = held.enter_context(closing(apsw.Connection(str(home / "floor.db"))))
        database.pragma("journal_mode", "WAL")
        database.execute("CREATE TABLE session (key BLOB PRIMARY KEY, data BLOB) WITHOUT ROWID")
        database.executemany("INSERT INTO session VALUES (?, ?)", rows)
        one = (rows[500][0],)
        found: dict[str, Callable[[], object]] = {
            "HMAC-SHA-256 over a token of 150 bytes": lambda: hmac.digest(secret, signed, "sha256"),
            "SHA-256 of a session id": lambda: hashlib.sha256(session_id.encode()).digest(),
            "a row of SQLite by its key": lambda: database.execute(
                "SELECT data FROM session WHERE key = ?", one
            ).fetchone(),
        }
        if redis_url:
            ask = held.enter_context(_redis(redis_url))
            found["a round trip to Redis, raw socket"] = ask
        yield found


@contextmanager
def _redis(url: str) -> Iterator[Callable[[], bytes]]:
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port or 6379)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def ask(words: bytes = b"GET nothing\r\n") -> bytes:
            connection.sendall(words)
            return connection.recv(100)

        if place.password and not ask(f"AUTH {place.password}\r\n".encode()).startswith(b"+OK"):
            raise AssertionError("Redis refuses its own password")
        yield ask


def recording(cookie_request: Callable[[], object]) -> float:
    """Tell what the calls of the trace cost a session request while nothing is recorded, in microseconds.

    They are counted in one request, and each kind is timed against an empty block.
    """
    counted = Counter[str]()
    kinds: dict[str, Callable[..., Any]] = {
        "step": trace.step,
        "span": trace.span,
        "note": trace.note,
        "current": trace.current,
    }

    def counting(name: str) -> Callable[..., Any]:
        def called(*values: Any, **words: Any) -> Any:
            counted[name] += 1
            return kinds[name](*values, **words)

        return called

    for name in kinds:
        setattr(trace, name, counting(name))
    try:
        cookie_request()
    finally:
        for name, kept in kinds.items():
            setattr(trace, name, kept)
    if not counted["span"]:
        raise AssertionError("a session request passes no span: nothing was counted")

    def step() -> None:
        with trace.step("users.read", owner="ada"):
            pass

    def span() -> None:
        with trace.span("auth"):
            pass

    blocks = {"step": step, "span": span, "note": lambda: trace.note("id.make"), "current": trace.current}
    empty = _quickest(lambda: None)
    return sum(counted[name] * max(0.0, _quickest(block) - empty) for name, block in blocks.items())


def _quickest(block: Callable[[], object]) -> float:
    return min(timeit.repeat(block, number=2000, repeat=15, timer=time.process_time)) / 2000 * 1e6
