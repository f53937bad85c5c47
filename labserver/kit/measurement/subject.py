"""The subjects of a measurement, and how one turn of each is timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

import requests

from labserver.kit.display.exchange import sent
from labserver.kit.failures import KitError
from labserver.kit.measurement.raw_connection import RawConnection, bytes_of, spans_of
from labserver.kit.measurement.rounds import Sample

BATCH = 20.0
"""Microseconds. How long a function is called again and again between two looks at the clock."""

_AS_FUNCTION = "pass the function itself, without brackets, or the answer of a request"


@dataclass(frozen=True)
class Subject:
    """`turn` sends one request or makes one call, and returns its times. `kind` is raw, request or call."""

    name: str
    turn: Callable[[], Sample]
    kind: str
    series_style: str


def subject(name: str, what: Any, lines: dict[str, RawConnection], ca: str | None = None) -> Subject:
    """Make a subject of the answer to a request, which a raw connection repeats, or of a function.

    Raises KitError for anything else.
    """
    if isinstance(what, requests.Response):
        return _repeated(name, what, lines, ca)
    if not callable(what):
        raise KitError(f"{name!r} is {type(what).__name__}, which cannot be measured: {_AS_FUNCTION}")
    first = what()
    if isinstance(first, requests.Response):
        return Subject(
            name, lambda: _requested(name, what, first.status_code), "request", _series_style(name, first)
        )
    count = _how_many(what)
    return Subject(name, lambda: _called(what, count), "call", _series_style(name))


def _repeated(
    name: str, answer: requests.Response, lines: dict[str, RawConnection], ca: str | None
) -> Subject:
    origin = answer.url.removesuffix(answer.request.path_url)
    line = lines.setdefault(origin, RawConnection(origin, ca))
    message = bytes_of(answer.request, line.host)

    def turn() -> Sample:
        reply = line.ask(message)
        _same(name, answer.status_code, reply.status)
        return {"end": reply.us, **reply.spans}

    return Subject(name, turn, "raw", _series_style(name, answer))


def _requested(name: str, ask: Callable[[], requests.Response], status: int) -> Sample:
    start = perf_counter_ns()
    answer = ask()
    us = (perf_counter_ns() - start) / 1000
    _same(name, status, answer.status_code)
    return {"end": us, **spans_of(answer.headers.get("Server-Timing", ""))}


def _called(call: Callable[[], object], count: int) -> Sample:
    start = perf_counter_ns()
    for _ in range(count):
        call()
    return {"end": (perf_counter_ns() - start) / 1000 / count}


def _how_many(call: Callable[[], object]) -> int:
    """Find how many calls fill a batch, from the fastest of five: the others were disturbed."""
    fastest = min(_called(call, 1)["end"] for _ in range(5))
    return max(1, min(1000, round(BATCH / max(fastest, 0.02))))


def _same(name: str, first: int, now: int) -> None:
    if first != now:
        raise KitError(
            f"{name} was answered {first} at first and {now} now, so this would compare unequal work. "
            "Can its request be sent twice? Has its credential expired?"
        )


def _series_style(name: str, answer: requests.Response | None = None) -> str:
    """Choose the style of a subject: of the credential that it carries, else of its name."""
    carried = [credential.kind for credential in sent(answer.request)] if answer is not None else []
    if "session" in carried or "session" in name.lower():
        return "session"
    words = ("token", "jwt", "hs256", "rs256", "es256", "eddsa")
    return "token" if "access" in carried or any(word in name.lower() for word in words) else "ink"
