"""A trace as people and programs read it: the JSON of `GET /lab/trace/<id>`, built on request."""

from __future__ import annotations

from labserver.formats.digests import fingerprint
from labserver.formats.reports import EventReport, TraceReport
from labserver.formats.sentences import sentence
from labserver.tracing.events import ACTOR, COUNTS, EVENTS, Details
from labserver.tracing.trace import Trace


def report_on(trace: Trace) -> TraceReport:
    """Build the report on a finished trace."""
    counted = [EVENTS[event[0]].counts for event in trace.events]
    carrier, name, digest = trace.credential or ("", "", b"")
    return {
        "id": trace.id,
        "method": trace.method,
        "path": trace.path,
        "flow": flow_of(trace.path),
        "at": trace.at,
        "status": trace.status,
        "credential": {"carrier": carrier, "name": name, "chip": fingerprint(digest)} if digest else None,
        "spans": {name: ns / 1000 for name, ns in trace.spans.items()},
        "counts": {name: counted.count(name) for name in COUNTS},
        "events": [_event(trace.began, *event) for event in trace.events],
        "worker": trace.worker,
    }


def _event(
    start: int, kind: str, began: int, ended: int, digest: bytes | None, given: Details, ok: bool
) -> EventReport:
    known, details = EVENTS[kind], EVENTS[kind].details | given
    return {
        "at": (began - start) / 1000,
        "us": (ended - began) / 1000,
        "kind": kind,
        "actor": ACTOR,
        "target": known.target,
        "party": known.target,
        "verb": kind.partition(".")[2] or kind,
        "details": details,
        "text": sentence(kind, details),
        "chip": fingerprint(digest) if digest else None,
        "ok": ok,
    }


def flow_of(path: str) -> str:
    """Name the flow that a path belongs to: session, token, grid/.../..., or other."""
    place = path.split("/", 4)[1:4]
    return {"session": "session", "token": "token", "grid": "/".join(place)}.get(place[0], "other")
