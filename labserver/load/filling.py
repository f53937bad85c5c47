"""How the stores grow: `python -m labserver.load.filling` fills them with sessions and looks some up.

It reads what to do from standard input, one line of JSON, and answers in lines of JSON. The rows are those
that a login writes, in the stores' own tables and keys; only the writing is done in bulk. It has a folder of
its own, with a Redis of its own, and ends when standard input closes.
"""

from __future__ import annotations

import _thread
import json
import random
import secrets
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labserver.auth.sessions import Sessions
from labserver.auth.tokens import algorithms, keys, signer, verifier
from labserver.auth.tokens.keys import KeyRing
from labserver.formats.base64url import b64encode
from labserver.runtime import command
from labserver.runtime.lifetime import stop_by_signals, temporary_home, when_stdin_ends
from labserver.runtime.redis_server import RedisNotFound, start
from labserver.settings import Settings
from labserver.storage.base import Record, Store, dumps
from labserver.storage.clock import Clock, floor_to_ms
from labserver.storage.database import Database
from labserver.storage.memory import MemoryStore
from labserver.storage.redis import RedisStore
from labserver.storage.sqlite import SQLiteStore

BATCH = 20_000
"""Rows that are written together."""
FILL_TIMEOUT = 120.0
"""Seconds that Redis may take for a batch."""
BLOCK = 50
"""Lookups that are timed together: single ones are too short for the clock."""

WARM, LEAST_BLOCKS = 10, 30
LOOKUP_SECONDS = 5.0
"""On a very busy machine the blocks are fewer."""

CLOCKS: dict[str, Callable[[], int]] = {
    # Nothing waits in a lookup of SQLite's, so the processor's time says it, whatever else the machine does;
    # but on Windows that clock is too coarse. Redis is another process, and is waited for.
    "sqlite": time.perf_counter_ns if sys.platform == "win32" else time.thread_time_ns,
    "redis": time.perf_counter_ns,
}
USUAL = Settings(home=Path())
OWNER = "user%07d"
FILL_SQLITE = """
INSERT INTO session
WITH RECURSIVE number(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM number LIMIT ?)
SELECT randomblob(32), printf(?, i), ?, ? FROM number
"""


@dataclass
class Filled:
    """A store with its sessions, their size in bytes, and some of their keys, drawn at random."""

    store: Store
    rows: int
    size: int
    keys: list[bytes]


def record(owner: str, now: float) -> Record:
    """Return the row that a login writes."""
    return Record(owner, now + USUAL.session_idle, {"created": now, "used": now})


def fill_sqlite(folder: Path, rows: int, sample: int) -> Iterator[int | Filled]:
    """Fill a database; returns how many rows it has after each batch, and at last the store."""
    path = folder / f"{rows}.db"
    store = SQLiteStore(path)
    one = record("", floor_to_ms(Clock().now()))
    connection = store._database._cursor().connection
    # Nobody minds if this file is lost in a crash. The cache spares the disk while rows come in random order.
    for name, value in (("journal_mode", "OFF"), ("synchronous", "OFF"), ("cache_size", -400_000)):
        connection.pragma(name, value)
    for done in range(0, rows, BATCH):
        count = min(BATCH, rows - done)
        connection.execute(FILL_SQLITE, (done, count, OWNER, one.expires, dumps(one.data)))
        yield done + count
    some = store._database.rows("SELECT key FROM session ORDER BY random() LIMIT ?", (sample,))
    size = connection.pragma("page_count") * connection.pragma("page_size")
    store._database._forget()
    yield Filled(SQLiteStore(path), rows, size, [row[0] for row in some])


def fill_redis(url: str, rows: int, sample: int) -> Iterator[int | Filled]:
    """The same in an empty database of a Redis, by the commands of RedisStore.put.

    Raises RuntimeError if rows are missing.
    """
    import redis

    store = RedisStore(url)
    filler = redis.Redis.from_url(
        url, socket_timeout=FILL_TIMEOUT
    )  # the store itself does not wait that long
    before = filler.info("memory")["used_memory"]
    one, line = floor_to_ms(Clock().now()), filler.connection_pool.get_connection()
    drawn: list[bytes] = []
    for done in range(0, rows, BATCH):
        count = min(BATCH, rows - done)
        raw = secrets.token_bytes(32 * count)
        new = [raw[i : i + 32] for i in range(0, len(raw), 32)]
        line.send_packed_command([commands(store, new, done, one)])
        line.read_response()
        drawn += random.sample(new, min(count, -(-sample * count // rows)))
        yield done + count
    filler.connection_pool.release(line)
    if filler.dbsize() != 2 * rows:  # a row and its owner's list each
        raise RuntimeError(f"Redis took {filler.dbsize()} keys, not {2 * rows}")
    yield Filled(store, rows, filler.info("memory")["used_memory"] - before, drawn)


def commands(store: RedisStore, new: list[bytes], first: int, now: float) -> bytes:
    """Write all commands of a batch in Redis's own protocol: one answer comes, and that at the end."""

    def one(*words: str | bytes) -> bytes:
        written = [word if isinstance(word, bytes) else word.encode() for word in words]
        return b"".join(
            [b"*%d\r\n" % len(written), *(b"$%d\r\n%s\r\n" % (len(word), word) for word in written)]
        )

    # Owners, keys and rows all have one length, so a row's three commands are one template.
    owner, key, name = OWNER % 0, b"k" * 32, "n" * 64
    row, expires = store._values(record(owner, now))
    place = f"lab:session:{name}"
    template = b"".join(
        [
            one("ZADD", f"lab:session-of:{owner}", repr(record(owner, now).expires), key),
            one("SET", place, row),
            one("PEXPIREAT", place, str(expires)),
        ]
    ).replace(b"%", b"%%")
    for known, slot in ((owner, b"%(owner)s"), (name, b"%(name)s"), ("k" * 32, b"%(key)s")):
        template = template.replace(known.encode(), slot)
    rows = [
        template % {b"owner": (OWNER % number).encode(), b"name": key.hex().encode(), b"key": key}
        for number, key in enumerate(new, first)
    ]
    return b"".join([one("CLIENT", "REPLY", "OFF"), *rows, one("CLIENT", "REPLY", "ON")])


def look_up(filled: list[Filled], blocks: int, clock: Callable[[], int]) -> dict[int, list[float]]:
    """Time lookups of random keys, in blocks that take turns over the sizes; microseconds for one each."""
    took: dict[int, list[float]] = {each.rows: [] for each in filled}
    end = time.monotonic() + LOOKUP_SECONDS
    for turn in range(WARM + blocks):
        if turn >= WARM + LEAST_BLOCKS and time.monotonic() > end:
            break
        for each in random.sample(filled, len(filled)):
            wanted = random.choices(each.keys, k=BLOCK)  # noqa: S311 - a sample, not a secret
            began = clock()
            for key in wanted:
                each.store.get("session", key)
            if turn >= WARM:
                took[each.rows].append((clock() - began) / 1000 / BLOCK)
    return took


def sessions(folder: Path, kind: str, sizes: list[int], blocks: int) -> None:
    """Fill stores of these sizes, time lookups, and tell."""
    redis = start(folder) if kind == "redis" else None
    try:
        filled, sample, seconds = [], blocks * BLOCK, {}
        for number, rows in enumerate(sizes):
            began = time.monotonic()
            if redis:
                # A database for each size; Redis has 16.
                filling = fill_redis(f"{redis[1].removesuffix('/0')}/{number}", rows, sample)
            else:
                filling = fill_sqlite(folder, rows, sample)
            for step in filling:
                if isinstance(step, Filled):
                    filled.append(step)
                else:
                    send(store=kind, rows=rows, filled=step)
            seconds[rows] = time.monotonic() - began
        for rows, took in look_up(filled, blocks, CLOCKS[kind]).items():
            low, middle, high = statistics.quantiles(took, n=4)
            size = next(each.size for each in filled if each.rows == rows)
            send(store=kind, rows=rows, us=middle, low=low, high=high, size=size, fill_seconds=seconds[rows])
    finally:
        if redis:
            redis[0].terminate()
            redis[0].wait()


def token_sizes(folder: Path, counts: list[int]) -> None:
    """Sign tokens with these numbers of claims by each algorithm, and report how long they are."""
    sid = Sessions(MemoryStore(), Clock(), idle=1, absolute=1, last_used_interval=1).open("ada")
    for count in counts:
        send(kind="session id", claims=count, size=len(sid))
    for algorithm in algorithms.ALGORITHMS:
        ring = KeyRing(Database(folder / f"{algorithm}.db", keys.SCHEMA), algorithm)
        for count in counts:
            send(kind=algorithm, claims=count, size=len(token(ring, count)))


def token(ring: KeyRing, count: int) -> str:
    """Sign a token with `count` claims: those that each of ours has, then some of an application."""
    now = int(Clock().now())
    claims: dict[str, Any] = {
        "sub": "ada",
        "exp": now + USUAL.access_lifetime,
        "iat": now,
        "iss": USUAL.issuer,
        "aud": USUAL.audience,
        "client_id": signer.CLIENT_ID,
        "jti": secrets.token_urlsafe(16),
        "role": "user",
    }
    claims |= {f"permission_{number}": "orders:read" for number in range(9, count + 1)}
    key, chosen = ring.newest, dict(list(claims.items())[:count])
    header = {"alg": key.alg, "kid": key.kid, "typ": verifier.TYPE}
    signed = ".".join(
        b64encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, chosen)
    )
    return f"{signed}.{b64encode(key.sign(signed.encode()))}"


def send(**what: Any) -> None:
    """Print one line of JSON."""
    print(json.dumps(what), flush=True)


def main() -> int:
    """Read {"sizes": […], "store": "sqlite" or "redis", "blocks": N} or {"claims": […]}, and do it."""
    stop_by_signals()
    send(ready=True)
    job = json.loads(sys.stdin.readline())
    when_stdin_ends(lambda: _thread.interrupt_main(signal.SIGTERM))
    with temporary_home() as folder:
        try:
            if "claims" in job:
                token_sizes(folder, job["claims"])
            else:
                sessions(folder, job["store"], job["sizes"], job["blocks"])
        except RedisNotFound as error:
            send(missing=str(error))
        send(done=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(command.run(main))
