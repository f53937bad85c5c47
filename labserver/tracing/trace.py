"""What happened inside one request, in order: the evidence behind every diagram, ledger and span.

A trace exists in lab mode only. Elsewhere `step` and `span` find no trace and do nothing (about 0.1 us each).
No secret enters a trace: a credential is named by its SHA-256. Only data is recorded; `report` adds the text.
"""

from __future__ import annotations

import ast
from contextvars import ContextVar
from time import perf_counter_ns
from types import TracebackType
from typing import Self

from labserver.tracing.events import EVENTS, SPANS, Detail, Details, Event

_NO_TIME = dict.fromkeys(SPANS, 0)


class Trace:
    """Everything recorded about one request, in the form that takes it the least time.

    `began` and `spans` are in nanoseconds; `worker` is a process id; `credential` is its carrier, name and
    SHA-256.
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
        """Serialize it as a Python literal: JSON takes 1.5 times as long."""
        return repr([getattr(self, name) for name in self.__slots__])

    @classmethod
    def read(cls, written: str) -> Self:
        """Parse what `written` returned. Raises ValueError, SyntaxError or TypeError for anything else."""
        trace = cls.__new__(cls)
        for name, value in zip(cls.__slots__, ast.literal_eval(written), strict=True):
            setattr(trace, name, value)
        return trace


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace | None:
    """Return the trace of the current request; None outside lab mode."""
    return _current.get()


def begin(trace: Trace) -> None:
    """Record from now on into this trace."""
    _current.set(trace)


def end() -> None:
    """Stop recording."""
    _current.set(None)


class _Off:
    """Replace a step or a span when nothing is recorded. All threads share it, so it keeps nothing."""

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
    """One event while it happens. Write its `ok`, never read it: outside lab mode it is not kept."""

    __slots__ = ("_details", "_kind", "_start", "_trace", "digest", "ok")

    def __init__(self, trace: Trace, kind: str, digest: bytes | None, details: Details) -> None:
        self._trace, self._kind, self.digest, self._details = trace, kind, digest, details
        self.ok = True

    def __enter__(self) -> Self:
        self._start = perf_counter_ns()
        return self

    def __exit__(
        self, raised: type[BaseException] | None, error: object, traceback: TracebackType | None
    ) -> None:
        ended, span = perf_counter_ns(), EVENTS[self._kind].span
        if span:
            self._trace.spans[span] += ended - self._start
        done = self.ok and raised is None
        self._trace.events.append((self._kind, self._start, ended, self.digest, self._details, done))


class _Span:
    __slots__ = ("_name", "_start", "_trace")

    def __init__(self, trace: Trace, name: str) -> None:
        self._trace, self._name = trace, name

    def __enter__(self) -> Self:
        self._start = perf_counter_ns()
        return self

    def __exit__(self, *_: object) -> None:
        self._trace.spans[self._name] += perf_counter_ns() - self._start


def step(kind: str, digest: bytes | None = None, **details: Detail) -> _Step | _Off:
    """Record what the `with` block does as one event of EVENTS; `digest` is the credential's SHA-256."""
    trace = _current.get()
    return _OFF if trace is None else _Step(trace, kind, digest, details)


def span(name: str) -> _Span | _Off:
    """Add the time of the `with` block to one of SPANS."""
    trace = _current.get()
    return _OFF if trace is None else _Span(trace, name)


def note(kind: str, digest: bytes | None = None, *, ok: bool = True, **details: Detail) -> None:
    """Record an event that takes no time worth measuring."""
    if _current.get() is not None:
        with step(kind, digest, **details) as event:
            event.ok = ok


def amend(kind: str, **details: Detail) -> None:
    """Change details of the latest event of this kind, if there is one.

    This is how a weakened variant of a part tells what it did instead: it calls the part, then amends.
    """
    trace = _current.get()
    for index, event in reversed(list(enumerate(trace.events if trace else ()))):
        if event[0] == kind and trace:
            trace.events[index] = (*event[:4], event[4] | details, event[5])
            return
