"""The trace: what is recorded, and that nothing is when nobody asked."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator

import pytest

from labserver.formats.digests import chip_of
from labserver.tracing import trace
from labserver.tracing.trace import COUNTS, EVENTS, SPANS, Trace
from labserver.web.carriers import record_credential


@pytest.fixture
def recording() -> Iterator[Trace]:
    now = Trace("GET", "/session/me", 0.0)
    trace.begin(now)
    yield now
    trace.end()


def test_a_step_is_an_event_a_count_and_a_span(recording: Trace) -> None:
    digest = hashlib.sha256(b"credential").digest()
    with trace.step("store.get", digest, what="a session"):
        pass
    told = recording.as_dict()
    (event,) = told["events"]
    assert (event["party"], event["verb"], event["ok"]) == ("store", "get", True)
    assert "a session" in event["text"]
    assert event["chip"] == chip_of(digest) == base64.urlsafe_b64encode(digest).decode()[:6]
    assert told["counts"] == dict.fromkeys(COUNTS, 0) | {"store_reads": 1}
    assert 0 < told["spans"]["store"] == event["us"]


def test_a_failed_step_says_so(recording: Trace) -> None:
    with pytest.raises(ZeroDivisionError), trace.step("store.put", what="a session"):
        raise ZeroDivisionError
    with trace.step("password.check") as step:
        step.ok = False
    assert [event["ok"] for event in recording.as_dict()["events"]] == [False, False]


def test_the_end_adds_up(recording: Trace) -> None:
    with trace.span("auth"), trace.step("store.get", what="a session"):
        pass
    recording.finish(200)
    assert recording.spans["total"] >= recording.spans["auth"] >= recording.spans["store"] > 0
    timing = recording.server_timing()
    assert [part.split(";dur=")[0] for part in timing.split(", ")] == list(SPANS)
    assert "began" not in recording.as_dict()


def test_it_is_written_down_and_read_again(recording: Trace) -> None:
    digest = hashlib.sha256(b"credential").digest()
    with trace.step("store.get", digest, what="a session"):
        pass
    record_credential("cookie", "sid", "credential")
    recording.finish(404)
    again = Trace.read(recording.written()).as_dict()
    assert again == recording.as_dict()
    assert again["credential"] == {"carrier": "cookie", "name": "sid", "chip": chip_of(digest)}
    assert "credential" not in recording.written()


def test_another_thread_records_for_itself(recording: Trace) -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(trace.current()))
    thread.start()
    thread.join()
    assert found == [None]


def test_nothing_is_recorded_when_nobody_asked() -> None:
    assert trace.current() is None
    with trace.step("store.get", what="a session") as step, trace.span("auth"):
        step.ok = False
    trace.note("claims.check")
    with trace.step("store.get", what="a session"):
        pass
    assert trace.current() is None


def test_the_table_names_known_spans_counts_and_parties() -> None:
    for kind in EVENTS.values():
        assert kind.party in {"server", "store", "users", "signer"}
        assert kind.span in {None, *SPANS}
        assert kind.counts in {None, *COUNTS}
        assert kind.text
