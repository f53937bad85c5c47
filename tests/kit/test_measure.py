"""lab.measure: who takes part, what is timed, and what is said of it."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from labserver.kit.failures import KitError, ServerGone
from labserver.kit.lab import Lab
from labserver.kit.measurement.measure import measure
from labserver.kit.measurement.measurement import Comparison, Measurement
from labserver.kit.measurement.raw_connection import RawConnection, bytes_of, spans_of
from labserver.kit.measurement.rounds import interleave
from labserver.kit.measurement.stats import Interval
from labserver.kit.measurement.subject import subject
from tests.notebooks.sanitize import sanitized

FAST: dict[str, Any] = {"seconds": 0.3, "seed": 1}


class Answering(BaseHTTPRequestHandler):
    """Answers /N with N µs of `auth`; keeps the connection open, unless the path is /close."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, dict[str, str], bytes]]
    statuses: list[int]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((f"{self.command} {self.path}", dict(self.headers), body))
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        us = float(re.sub(r"\D", "", self.path) or 0)
        self.send_header("Server-Timing", f"auth;dur={us / 1000:.4f}, total;dur={us / 500:.4f}")
        self.send_header("Content-Length", "5")
        if self.path == "/close":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"hello")

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Answering.seen, Answering.statuses = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def get() -> Iterator[Callable[[str], requests.Response]]:
    with requests.Session() as session:
        session.trust_env = False
        yield lambda url: session.get(url, timeout=10)


def test_a_lean_client_sends_the_very_request(url: str, get: Callable[[str], requests.Response]) -> None:
    answer = requests.post(f"{url}/7?a=b", json={"x": "ä"}, headers={"Cookie": "sid=1"}, timeout=10)
    line = RawConnection(url)
    reply = line.ask(bytes_of(answer.request, line.host))
    line.close()
    assert (reply.status, reply.spans) == (200, {"auth": 7.0, "total": 14.0})
    assert reply.us > 0
    (what, headers, body), again = Answering.seen
    assert (what, body) == again[::2]
    assert what == "POST /7?a=b"
    assert {**again[1], "Connection": ""} == {**headers, "Connection": ""}


def test_a_lean_client_keeps_its_connection_and_opens_another_when_it_must(url: str) -> None:
    line = RawConnection(url)
    message = bytes_of(requests.Request("GET", f"{url}/1").prepare(), line.host)
    line.ask(message)
    kept = line._socket
    line.ask(message)
    assert line._socket is kept
    assert kept
    kept.shutdown(2)  # as if the server had closed it meanwhile
    assert line.ask(message).status == 200
    line.ask(bytes_of(requests.Request("GET", f"{url}/close").prepare(), line.host))
    assert line._socket is None
    line.close()


def test_nobody_there_is_said_so() -> None:
    line = RawConnection("http://127.0.0.1:9")
    with pytest.raises(ServerGone, match=r"no answer from 127\.0\.0\.1:9"):
        line.ask(b"")


def test_spans_are_read_in_microseconds() -> None:
    assert spans_of("auth;dur=0.0172, auth-cpu;dur=1, x;desc=y") == {"auth": 17.2, "auth-cpu": 1000.0}


def test_answers_are_repeated_and_compared_by_the_servers_span(
    url: str, get: Callable[[str], requests.Response]
) -> None:
    m = measure({"quick": get(f"{url}/20"), "slow": get(f"{url}/50")}, control=get(f"{url}/0"), **FAST)
    assert m.span == "auth"
    assert (m.median("quick"), m.median("slow"), m.median("no check")) == (20, 50, 0)
    assert m.median("slow", "total") == 100
    assert m.names == ["quick", "slow"]
    assert m.rounds >= 6
    assert len(m.samples("slow")) == 2 * m.rounds
    assert m.compare("slow", "quick").cheaper == "quick"
    assert m.compare("slow", "quick").us == 30
    assert m.verdict == "quick is 30 µs cheaper than slow; 95 % interval 30 µs to 30 µs"
    assert m.trusted


def test_a_function_that_sends_a_request_is_called_as_it_is(
    url: str, get: Callable[[str], requests.Response]
) -> None:
    m = measure({"own": lambda: get(f"{url}/20"), "raw": get(f"{url}/20")}, **FAST)
    assert m.median("own") == m.median("raw") == 20
    assert m.compare("own", "raw").cheaper is None
    agents = {headers.get("User-Agent", "") for _, headers, _ in Answering.seen}
    assert agents == {requests.utils.default_user_agent()}


def test_a_call_in_this_process_is_timed_from_end_to_end() -> None:
    m = measure(
        {"little": lambda: sum(range(10)), "much": lambda: sum(range(10_000))},
        control=lambda: None,
        seconds=5,
    )
    assert m.span == "end"
    assert m.verdict.startswith("little is ")
    assert m.median("no check") < m.median("little") < m.median("much")


def test_unequal_work_is_refused(url: str, get: Callable[[str], requests.Response]) -> None:
    answer = get(f"{url}/1")
    Answering.statuses = [200, 401]
    with pytest.raises(KitError, match="one was answered 200 at first and 401 now"):
        measure({"one": answer}, **FAST)


@pytest.mark.parametrize(
    ("subjects", "why"),
    [
        ({}, "nothing to measure"),
        ({"a": 5}, "'a' is int, which cannot be measured: pass the function itself"),
    ],
)
def test_what_cannot_be_measured_is_refused(subjects: dict[str, Any], why: str) -> None:
    with pytest.raises(KitError, match=why):
        measure(subjects)


def test_asking_for_what_was_not_measured_says_what_was(
    url: str, get: Callable[[str], requests.Response]
) -> None:
    m = measure({"a": get(f"{url}/1")}, **FAST)
    assert m.verdict == "a takes 1.0 µs"
    with pytest.raises(KitError, match="there is no subject 'b' here; there are a"):
        m.median("b")
    with pytest.raises(KitError, match="a has no span 'store'; it has end, auth, total"):
        m.median("a", "store")


@pytest.mark.parametrize(
    ("interval", "says"),
    [
        (Interval(-31, -35, -28), "a is 31 µs cheaper than b; 95 % interval 28 µs to 35 µs"),
        (Interval(31, 28, 35), "b is 31 µs cheaper than a; 95 % interval 28 µs to 35 µs"),
        (Interval(1, -2, 4.3), "no difference seen between a and b; one of 6.1 µs or more would have been"),
        (Interval(0.5, 0.25, 0.75), "b is 0.50 µs cheaper than a; 95 % interval 0.25 µs to 0.75 µs"),
    ],
)
def test_a_verdict_in_words(interval: Interval, says: str) -> None:
    assert repr(Comparison("a", "b", interval)) == says


def simulated(seed: int, *us: float, title: str = "") -> Measurement:
    """Give a measurement of answers that take so long, with noise."""
    rng = random.Random(seed)  # noqa: S311 - noise, not a secret
    names = ["session", "token"]
    field = [subject(name, lambda: None, {}) for name in names]

    def turn(us: float) -> Callable[[], dict[str, float]]:
        return lambda: {"auth": us + rng.expovariate(0.2), "end": 300 + us + rng.expovariate(0.01)}

    turns = {name: turn(us) for name, us in zip(names, us, strict=True)}
    rounds = interleave(turns, [("session", "token")], span="auth", seconds=60, rng=rng)
    return Measurement(rounds, field, "auth", title=title)


def test_a_run_whose_control_differs_from_itself_is_not_trusted() -> None:
    m = simulated(1, 20, 50)
    assert m.trusted
    assert re.search(r"The A/A control: the same twice differs by [012]\.\d+ µs at the most\.", repr(m))
    assert abs(m.again("session").middle) < 1
    for sample in m._rounds.samples["session"][::2]:
        sample["auth"] += 5
    assert not m.trusted
    assert "Do not trust this run" in repr(m)


def test_two_runs_read_the_same_but_for_their_times() -> None:
    one, other = simulated(1, 20, 50), simulated(2, 220, 2500)
    assert repr(one) != repr(other)
    assert sanitized(repr(one)) == sanitized(repr(other))
    assert sanitized(one._repr_html_()) == sanitized(other._repr_html_())
    assert repr(one).startswith("Session is ")


def test_a_title_of_ones_own_leaves_the_verdict_below() -> None:
    lines = repr(simulated(1, 20, 50, title="A look-up beats a signature")).splitlines()
    assert lines[0] == "A look-up beats a signature"
    assert lines[-2].startswith("session is ")


def test_outliers_are_shown() -> None:
    m = simulated(3, 20, 50)
    m._rounds.samples["token"][5]["auth"] = 9999.0
    assert m.plot.rows[1][3] == "10.0 ms"
    assert re.search(r"≈ \d+ slower, up to 10\.0 ms", m._repr_html_())


def test_on_a_real_server_with_its_controls() -> None:
    with Lab.start() as lab:
        browser, app = lab.client(), lab.client("app")
        browser.post("/session/login", json=lab.login("ada"))
        pair = app.post("/token/login", json=lab.login("ada")).json()
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        session, token = browser.get("/session/me"), app.get("/token/me", headers=bearer)
        m = lab.measure({"session": session, "token": token}, seconds=2)
        assert m.span == "auth"
        assert m.series_styles == {"session": "session", "token": "token", "no check": "control"}
        assert m.median("no check") == 0 < min(m.median("session"), m.median("token"))
        assert m.median("session", "store") > 0 == m.median("token", "store")
        assert m.median("session", "crypto") == 0 < m.median("token", "crypto")
        assert m.median("session", "end") > m.median("session", "total") > m.median("session")
        lab.faults.store_delay(us=3000)
        late = lab.measure({"session": lambda: browser.get("/session/me"), "token": token}, seconds=2)
        assert late.compare("session", "token").cheaper == "token"
        assert late.compare("session", "token").us > 1000
        alone = lab.measure({"session": session}, seconds=0.3, control=False)
        assert list(alone.series_styles) == ["session"]
