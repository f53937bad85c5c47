"""The trace: what is recorded, and that nothing is when nobody asked."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator

import pytest

from labserver.formats.digests import fingerprint
from labserver.formats.sentences import SENTENCES, sentence
from labserver.tracing import trace
from labserver.tracing.events import COUNTS, EVENTS, SPANS, Details
from labserver.tracing.report import report_on
from labserver.tracing.trace import Trace
from labserver.web.carriers import record_credential


@pytest.fixture
def recording() -> Iterator[Trace]:
    now = Trace("GET", "/session/me", 0.0)
    trace.begin(now)
    yield now
    trace.end()


def test_a_step_is_an_event_a_count_and_a_span(recording: Trace) -> None:
    digest = hashlib.sha256(b"credential").digest()
    with trace.step("store.get", digest, record="session"):
        pass
    report = report_on(recording)
    (event,) = report["events"]
    assert (event["kind"], event["actor"], event["target"]) == ("store.get", "server", "store")
    assert (event["party"], event["verb"], event["ok"]) == ("store", "get", True)
    assert event["details"] == {"record": "session"}
    assert event["text"] == "looks up a session"
    assert event["chip"] == fingerprint(digest) == base64.urlsafe_b64encode(digest).decode()[:6]
    assert report["counts"] == dict.fromkeys(COUNTS, 0) | {"store_reads": 1}
    assert 0 < report["spans"]["store"] == event["us"]


def test_a_failed_step_says_so(recording: Trace) -> None:
    with pytest.raises(ZeroDivisionError), trace.step("store.put", record="session"):
        raise ZeroDivisionError
    with trace.step("password.check") as step:
        step.ok = False
    assert [event["ok"] for event in report_on(recording)["events"]] == [False, False]


def test_the_end_adds_up(recording: Trace) -> None:
    with trace.span("auth"), trace.step("store.get", record="session"):
        pass
    recording.finish(200)
    assert recording.spans["total"] >= recording.spans["auth"] >= recording.spans["store"] > 0
    timing = recording.server_timing()
    assert [part.split(";dur=")[0] for part in timing.split(", ")] == list(SPANS)
    assert "began" not in report_on(recording)


def test_it_is_written_down_and_read_again(recording: Trace) -> None:
    digest = hashlib.sha256(b"credential").digest()
    with trace.step("store.get", digest, record="session"):
        pass
    record_credential("cookie", "sid", "credential")
    recording.finish(404)
    again = report_on(Trace.read(recording.written()))
    assert again == report_on(recording)
    assert again["credential"] == {"carrier": "cookie", "name": "sid", "chip": fingerprint(digest)}
    assert "credential" not in recording.written()


def test_another_thread_records_for_itself(recording: Trace) -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(trace.current()))
    thread.start()
    thread.join()
    assert found == [None]


def test_nothing_is_recorded_when_nobody_asked() -> None:
    assert trace.current() is None
    with trace.step("store.get", record="session") as step, trace.span("auth"):
        step.ok = False
    trace.note("claims.check")
    with trace.step("store.get", record="session"):
        pass
    assert trace.current() is None


def test_a_detail_of_every_event_of_a_kind_stands_in_the_table(recording: Trace) -> None:
    trace.note("claims.check")
    trace.note("claims.check", claims=("issuer",))
    events = report_on(Trace.read(recording.written()))["events"]
    assert [event["details"]["claims"] for event in events] == [("issuer", "audience", "expiry"), ("issuer",)]
    assert EVENTS["claims.check"].details == {"claims": ("issuer", "audience", "expiry")}


def test_a_weakened_part_tells_what_it_did_instead(recording: Trace) -> None:
    trace.note("claims.check")
    trace.note("id.make", record="session")
    trace.note("claims.check")
    trace.amend("claims.check", claims=("issuer", "expiry"))
    trace.amend("csrf.check", reason="there is none")
    events = report_on(recording)["events"]
    assert [event["text"] for event in events] == [
        "checks issuer, audience and expiry",
        "makes an id of 256 random bits",
        "checks issuer and expiry",
    ]


def test_nothing_is_amended_outside_lab_mode() -> None:
    trace.amend("claims.check", claims=("issuer",))
    assert trace.current() is None


@pytest.mark.parametrize("name", EVENTS)
def test_the_table_names_known_spans_counts_and_targets(name: str) -> None:
    kind = EVENTS[name]
    assert kind.target in {"server", "store", "users", "signer", "api"}
    assert kind.span in {None, *SPANS}
    assert kind.counts in {None, *COUNTS}


SAID: dict[str, tuple[Details, str]] = {
    "store.get": ({"record": "denied"}, "looks up a denied token id"),
    "store.find": ({"record": "family", "owner": None}, "lists all refresh families of everybody"),
    "store.put": ({"record": "session"}, "writes a session"),
    "store.compare_and_set": ({"record": "family"}, "updates a refresh family, if nobody else has"),
    "store.delete": ({"record": "session", "count": 3}, "deletes 3 sessions"),
    "users.read": ({"owner": "ada"}, "reads the profile of ada"),
    "users.write": ({"field": "email", "owner": "ada"}, "changes the email of ada"),
    "password.check": ({}, "checks the password (Argon2id)"),
    "password.hash": ({}, "hashes the new password (Argon2id)"),
    "id.make": ({"record": "session"}, "makes an id of 256 random bits"),
    "id.make/counter": ({"source": "counter", "random_bits": 0}, "takes the next number as the id"),
    "id.make/client": ({"source": "client", "random_bits": 0}, "keeps the id that came with the request"),
    "key.choose/none": ({"source": "none"}, "uses no key, as the token says that it is not signed"),
    "key.choose/public": (
        {"source": "public"},
        "uses the public key as a shared secret, as the token's alg asks for one",
    ),
    "key.choose/file": (
        {"source": "file"},
        "uses a file's content as the key, as the token's kid is a path",
    ),
    "key.choose/token": ({"source": "token"}, "uses the key that the token contains"),
    "token.sign": ({"algorithm": "EdDSA"}, "signs an access token with EdDSA"),
    "token.verify": ({"algorithm": "HS256"}, "checks the HS256 signature"),
    "claims.check": ({}, "checks issuer, audience and expiry"),
    "csrf.check": ({}, "checks the CSRF token and where the request comes from"),
    "api.call": ({"method": "GET", "path": "/token/me"}, "asks GET /token/me"),
    "comments.show": ({}, "puts visitors' comments into the page, escaped"),
    "comments.show/raw": ({"source": "raw"}, "puts visitors' comments into the page as they came"),
    "refuse": ({"code": "no_session", "reason": ""}, "refuses: no_session"),
}


def test_every_kind_has_its_sentence() -> None:
    assert SAID.keys() == SENTENCES.keys()
    assert {form.partition("/")[0] for form in SENTENCES} == EVENTS.keys()


@pytest.mark.parametrize("form", SAID)
def test_a_sentence_is_made_of_data(form: str) -> None:
    kind, (given, said) = form.partition("/")[0], SAID[form]
    assert sentence(kind, EVENTS[kind].details | given) == said


def test_one_row_is_not_counted_in_the_sentence() -> None:
    assert sentence("store.delete", {"record": "family", "count": 1}) == "deletes a refresh family"
    assert sentence("store.find", {"record": "session", "owner": "ada"}) == "lists all sessions of ada"
    assert sentence("refuse", {"code": "x", "reason": "no {reason} at all"}) == "refuses: no {reason} at all"


@pytest.mark.parametrize(
    ("kind", "details", "said"),
    [
        ("store.burn", {"record": "session", "count": 2}, "store.burn record=session count=2"),
        ("token.sign", {}, "token.sign"),
        ("claims.check", {"claims": ()}, "checks nothing"),
        ("id.make", {"source": "dice"}, "id.make source=dice"),
        ("store.get", {"record": "ticket"}, "looks up a ticket"),
    ],
)
def test_what_the_table_does_not_know_is_still_reported(kind: str, details: Details, said: str) -> None:
    assert sentence(kind, details) == said
