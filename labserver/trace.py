"""What happened inside one request, in order: the evidence behind every diagram, ledger and span.

A trace exists in lab mode only. Elsewhere `step` and `span` find no trace and do nothing (about 0.1 us each).
No secret enters a trace: a credential is named by its chip.
"""

from __future__ import annotations

import base64
import hashlib
import os
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter_ns
from types import TracebackType
from typing import Any, NamedTuple, Self


class Kind(NamedTuple):
    """A kind of event: who acts, what a reader is told, which span its time belongs to, what it counts as."""

    party: str
    text: str
    span: str | None = None
    counts: str | None = None


# The one table of events. `party` is a lane of the sequence diagram: the server's own line, the session
# store, the users' table (the resource, never part of the check), or the signing key.
EVENTS = {
    "store.get": Kind("store", "looks up {what}", "store", "store_reads"),
    "store.find": Kind("store", "lists all {what} of {owner}", "store", "store_reads"),
    "store.put": Kind("store", "writes {what}", "store", "store_writes"),
    "store.swap": Kind("store", "updates {what}, if nobody else has", "store", "store_writes"),
    "store.drop": Kind("store", "deletes {what}", "store", "store_writes"),
    "users.read": Kind("users", "reads the profile of {owner}"),
    "users.write": Kind("users", "changes the {what} of {owner}"),
    "password.check": Kind("server", "checks the password (Argon2id)", "crypto", "password_checks"),
    "password.hash": Kind("server", "hashes the new password (Argon2id)", "crypto"),
    "id.make": Kind("server", "makes an id of 256 random bits"),
    "token.sign": Kind("signer", "signs an access token with {alg}", "crypto", "signatures_made"),
    "token.verify": Kind("signer", "checks the {alg} signature", "crypto", "signatures_checked"),
    "claims.check": Kind("server", "checks issuer, audience and expiry"),
    "csrf.check": Kind("server", "checks the CSRF token and where the request comes from"),
    "refuse": Kind("server", "refuses: {reason}"),
}
SPANS = ("auth", "store", "crypto", "total")
COUNTS = ("store_reads", "store_writes", "signatures_made", "signatures_checked", "password_checks")


def chip(credential: str | bytes) -> str:
    """Name a credential without telling it: six characters of its SHA-256, the same wherever it turns up."""
    data = credential.encode("utf-8", "surrogateescape") if isinstance(credential, str) else credential
    return chip_of(hashlib.sha256(data).digest())


def chip_of(digest: bytes) -> str:
    """Give the chip of a credential of which only the SHA-256 is known, as in a stored row."""
    return base64.urlsafe_b64encode(digest).decode()[:6]


class Event(NamedTuple):
    """One thing that happened: `at` is in microseconds since the request began, `us` how long it took."""

    at: float
    us: float
    party: str
    verb: str
    text: str
    chip: str | None
    ok: bool


@dataclass(slots=True)
class Trace:
    """Everything recorded about one request. Spans are in microseconds; `worker` is a process id."""

    id: str
    method: str
    path: str
    flow: str
    at: float
    status: int = 0
    credential: dict[str, str] | None = None
    spans: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SPANS, 0.0))
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    events: list[Event] = field(default_factory=list)
    worker: int = field(default_factory=os.getpid)
    began: int = field(default_factory=perf_counter_ns)

    def finish(self, status: int) -> None:
        """Note the answer's status and the time since the beginning."""
        self.status = status
        self.spans["total"] = (perf_counter_ns() - self.began) / 1000

    def server_timing(self) -> str:
        """Write the spans as a `Server-Timing` header (W3C): milliseconds."""
        return ", ".join(f"{name};dur={us / 1000:.4f}" for name, us in self.spans.items())

    def as_dict(self) -> dict[str, Any]:
        """Give the trace as JSON can carry it."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "began"}
        return told | {"events": [event._asdict() for event in self.events]}


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

    def __init__(self, trace: Trace, verb: str, digest: bytes | None, words: dict[str, str]) -> None:
        self._trace, self._verb, self.digest, self._words = trace, verb, digest, words
        self.ok = True

    def __enter__(self) -> Self:
        self._start = perf_counter_ns()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None
    ) -> None:
        us = (perf_counter_ns() - self._start) / 1000
        event = EVENTS[self._verb]
        if event.span:
            self._trace.spans[event.span] += us
        if event.counts:
            self._trace.counts[event.counts] += 1
        self._trace.events.append(
            Event(
                at=(self._start - self._trace.began) / 1000,
                us=us,
                party=event.party,
                verb=self._verb.partition(".")[2] or self._verb,
                text=event.text.format_map(self._words),
                chip=chip_of(self.digest) if self.digest else None,
                ok=self.ok and kind is None,
            )
        )


class _Span:
    def __init__(self, trace: Trace, name: str) -> None:
        self._trace, self._name = trace, name

    def __enter__(self) -> Self:
        self._start = perf_counter_ns()
        return self

    def __exit__(self, *_: object) -> None:
        self._trace.spans[self._name] += (perf_counter_ns() - self._start) / 1000


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
