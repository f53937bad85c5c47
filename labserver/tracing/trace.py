"""What happened inside one request, in order: the evidence behind every diagram, ledger and span.

A trace exists in lab mode only. Elsewhere `step` and `span` find no trace and do nothing (about 0.1 us each).
No secret enters a trace: a credential is named by its SHA-256, and shown as its chip.
"""

from __future__ import annotations

import ast
from contextvars import ContextVar
from time import perf_counter_ns
from types import TracebackType
from typing import Any, NamedTuple, Self

from labserver.formats.digests import chip_of


class EventKind(NamedTuple):
    """A kind of event: who acts, what a reader is told, which span its time belongs to, what it counts as."""

    party: str
    text: str
    span: str | None = None
    counts: str | None = None


# The one table of events. `party` is a lane of the sequence diagram: the server's own line, the session
# store, the users' table (the resource, never part of the check), or the signing key.
EVENTS = {
    "store.get": EventKind("store", "looks up {what}", "store", "store_reads"),
    "store.find": EventKind("store", "lists all {what} of {owner}", "store", "store_reads"),
    "store.put": EventKind("store", "writes {what}", "store", "store_writes"),
    "store.swap": EventKind("store", "updates {what}, if nobody else has", "store", "store_writes"),
    "store.drop": EventKind("store", "deletes {what}", "store", "store_writes"),
    "users.read": EventKind("users", "reads the profile of {owner}"),
    "users.write": EventKind("users", "changes the {what} of {owner}"),
    "password.check": EventKind("server", "checks the password (Argon2id)", "crypto", "password_checks"),
    "password.hash": EventKind("server", "hashes the new password (Argon2id)", "crypto"),
    "id.make": EventKind("server", "makes an id of 256 random bits"),
    "token.sign": EventKind("signer", "signs an access token with {alg}", "crypto", "signatures_made"),
    "token.verify": EventKind("signer", "checks the {alg} signature", "crypto", "signatures_checked"),
    "claims.check": EventKind("server", "checks issuer, audience and expiry"),
    "csrf.check": EventKind("server", "checks the CSRF token and where the request comes from"),
    "refuse": EventKind("server", "refuses: {reason}"),
}
SPANS = ("auth", "store", "crypto", "total")
_NO_TIME = dict.fromkeys(SPANS, 0)
COUNTS = ("store_reads", "store_writes", "signatures_made", "signatures_checked", "password_checks")


Event = tuple[str, int, int, bytes | None, dict[str, str], bool]
"""One thing that happened: verb, begin and end (ns), the credential's SHA-256, words for the text, ok."""


class Trace:
    """Everything recorded about one request, in the form that takes it the least time.

    `began` and `spans` are in nanoseconds; `worker` is a process id. What people read, `as_dict` works
    out when they ask.
    """

    __slots__ = ("at", "began", "credential", "events", "id", "method", "path", "spans", "status", "worker")

    def __init__(self, method: str, path: str, at: float) -> None:
        self.method, self.path, self.at = method, path, at
        self.id, self.worker, self.status = "", 0, 0
        self.credential: tuple[str, str, bytes] | None = None
        self.spans = _NO_TIME.copy()
        self.events: list[Event] = []
        self.began = perf_counter_ns()

    def finish(self, status: int) -> None:
        """Note the answer's status and the time since the beginning."""
        self.status = status
        self.spans["total"] = perf_counter_ns() - self.began

    def server_timing(self) -> str:
        """Write the spans as a `Server-Timing` header (W3C): milliseconds."""
        auth, store, crypto, total = self.spans.values()
        return (
            f"auth;dur={auth / 1e6:.4f}, store;dur={store / 1e6:.4f}, "
            f"crypto;dur={crypto / 1e6:.4f}, total;dur={total / 1e6:.4f}"
        )

    def written(self) -> str:
        """Write it down, in Python's own spelling: JSON takes half as long again."""
        return repr([getattr(self, name) for name in self.__slots__])

    @classmethod
    def read(cls, written: str) -> Self:
        """Read it again. Raises ValueError, SyntaxError or TypeError if it is no trace."""
        trace = cls.__new__(cls)
        for name, value in zip(cls.__slots__, ast.literal_eval(written), strict=True):
            setattr(trace, name, value)
        return trace

    def as_dict(self) -> dict[str, Any]:
        """Give what people read: chips, sentences, and microseconds since the request began."""
        counted = [EVENTS[event[0]].counts for event in self.events]
        carrier, name, digest = self.credential or ("", "", b"")
        return {
            "id": self.id,
            "method": self.method,
            "path": self.path,
            "flow": flow_of(self.path),
            "at": self.at,
            "status": self.status,
            "credential": {"carrier": carrier, "name": name, "chip": chip_of(digest)} if digest else None,
            "spans": {name: ns / 1000 for name, ns in self.spans.items()},
            "counts": {name: counted.count(name) for name in COUNTS},
            "events": [self._told(*event) for event in self.events],
            "worker": self.worker,
        }

    def _told(
        self, verb: str, began: int, ended: int, digest: bytes | None, words: dict[str, str], ok: bool
    ) -> dict[str, Any]:
        kind = EVENTS[verb]
        return {
            "at": (began - self.began) / 1000,
            "us": (ended - began) / 1000,
            "party": kind.party,
            "verb": verb.partition(".")[2] or verb,
            "text": kind.text.format_map(words),
            "chip": chip_of(digest) if digest else None,
            "ok": ok,
        }


def flow_of(path: str) -> str:
    """Name the flow that a path belongs to: session, token, grid/.../..., or other."""
    place = path.split("/", 4)[1:4]
    return {"session": "session", "token": "token", "grid": "/".join(place)}.get(place[0], "other")


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace | None:
    """Give the trace of the request at hand; None out of lab mode."""
    return _current.get()


def begin(trace: Trace) -> None:
    """Record from now on into this trace."""
    _current.set(trace)


def end() -> None:
    """Stop recording."""
    _current.set(None)


class _Off:
    """Stands in for a step or a span when nothing is recorded. All threads share it, so it keeps nothing."""

    def __setattr__(self, name: str, value: object) -> None:
        pass

    ok: bool
    digest: bytes | None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


_OFF = _Off()


class _Step:
    """One event while it happens. Write its `ok`, never read it: out of lab mode nobody keeps it."""

    __slots__ = ("_start", "_trace", "_verb", "_words", "digest", "ok")

    def __init__(self, trace: Trace, verb: str, digest: bytes | None, words: dict[str, str]) -> None:
        self._trace, self._verb, self.digest, self._words = trace, verb, digest, words
        self.ok = True

    def __enter__(self) -> Self:
        self._start = perf_counter_ns()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None
    ) -> None:
        ended, span = perf_counter_ns(), EVENTS[self._verb].span
        if span:
            self._trace.spans[span] += ended - self._start
        done = self.ok and kind is None
        self._trace.events.append((self._verb, self._start, ended, self.digest, self._words, done))


class _Span:
    __slots__ = ("_name", "_start", "_trace")

    def __init__(self, trace: Trace, name: str) -> None:
        self._trace, self._name = trace, name

    def __enter__(self) -> Self:
        self._start = perf_counter_ns()
        return self

    def __exit__(self, *_: object) -> None:
        self._trace.spans[self._name] += perf_counter_ns() - self._start


def step(verb: str, digest: bytes | None = None, **words: str) -> _Step | _Off:
    """Record what the `with` block does as one event of the table; `digest` is the credential's SHA-256."""
    trace = _current.get()
    return _OFF if trace is None else _Step(trace, verb, digest, words)


def span(name: str) -> _Span | _Off:
    """Add the time of the `with` block to one of SPANS."""
    trace = _current.get()
    return _OFF if trace is None else _Span(trace, name)


def note(verb: str, digest: bytes | None = None, *, ok: bool = True, **words: str) -> None:
    """Record an event that takes no time worth measuring."""
    if _current.get() is not None:
        with step(verb, digest, **words) as event:
            event.ok = ok
