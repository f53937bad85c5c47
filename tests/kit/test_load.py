"""Load, by a real Locust on a real server: short, because here it is counted and not measured."""

from __future__ import annotations

import ast
import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.measurement import load as module
from labserver.kit.measurement.load import FLOWS, USUAL, checked, load
from labserver.kit.measurement.throughput import Load, Point

pytestmark = pytest.mark.usefixtures("quick_passwords")

ROOT = Path(__file__).resolve().parents[2]
LOCUSTFILE = ROOT / "labserver" / "load" / "locustfile.py"
VISITOR = LOCUSTFILE.with_name("visitor.py")
SPANS = {"auth": 21.0, "store": 12.0, "crypto": 0.0, "total": 310.0}
ONE = Point("session", 1, 2.0, 2000, 0, None, SPANS, {}, 0.3)
needs_locust = pytest.mark.skipif(
    importlib.util.find_spec("locust") is None, reason="NOT TESTED UNDER LOAD: Locust is not installed"
)


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab.start() as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Lab:
    running.reset()
    return running


def sample() -> Load:
    return Load(
        [
            ONE,
            replace(ONE, flow="token", requests=1000, spans=SPANS | {"auth": 55.0}),
            replace(ONE, users=4, requests=6800, engine=0.9),
            replace(
                ONE, users=4, flow="token", requests=5000, errors=2, wrong="GET /token/me: 503 store_down"
            ),
        ]
    )


# What it looks like.


def test_a_load_reads_as_a_sentence_and_its_numbers() -> None:
    assert repr(sample()).splitlines() == [
        "At the most, requests/s were ≈ 3,400 (session), ≈ 2,500 (token); "
        "2 errors, the first: GET /token/me: 503 store_down.",
        "  1 user: session ≈ 1,000, token ≈ 500",
        "  4 users: session ≈ 3,400, token ≈ 2,500",
        "The server's own median of a check, with 1 user: session 21 µs, token 55 µs.",
    ]
    assert "; no errors." in Load([ONE]).verdict


def test_a_load_is_asked_by_flow_and_users() -> None:
    found = sample()
    assert found["session", 4].rate == 3400
    assert found.best("session").users == 4
    assert (found.errors, found.flows, found.users) == (2, ["session", "token"], [1, 4])
    with pytest.raises(KeyError, match=r"no token with 3 users: there are \['session', 'token'\]"):
        found["token", 3]


def test_a_load_is_a_picture_that_says_where_locust_was_the_limit() -> None:
    shown = sample()._repr_html_()
    assert "<svg" in shown
    assert "Hollow marks: Locust had a whole core" in shown
    assert "Hollow" not in Load([ONE])._repr_html_()
    without_spans = Load([replace(ONE, spans={})])
    assert "median of a check" not in repr(without_spans) + without_spans._repr_html_()


def test_the_picture_while_it_runs_has_each_flow() -> None:
    drawn = module.sketch(sample().points[:3], ["session", "token", "none"], [1, 4])
    assert drawn.count("<polyline") == 2
    assert "stroke-dasharray" in drawn
    assert ">session</text>" in drawn


# What it refuses.


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"flows": ["sesion"]}, "no flow 'sesion': there are none, session"),
        ({"flows": []}, "wants a flow"),
        ({"users": []}, "from 1 to 100"),
        ({"users": [0, 1]}, "from 1 to 100"),
        ({"users": [101]}, "from 1 to 100"),
        ({"seconds": 0}, "fewer `seconds`"),
        ({"seconds": 1000}, "fewer `seconds`"),
        ({"rounds": 0}, "fewer `seconds`"),
    ],
)
def test_what_cannot_be_done_is_refused(what: dict[str, Any], says: str) -> None:
    asked: dict[str, Any] = {"flows": USUAL, "users": (1,), "seconds": 1.0, "rounds": 1}
    with pytest.raises(KitError, match=says):
        checked(**(asked | what))


def test_without_locust_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(KitError, match=r'Type: .+ -m pip install "locust>=2.47"'):
        checked(USUAL, (1,), 1, 1)


@needs_locust
@pytest.mark.parametrize("url", ["http://192.0.2.7:8000", "http://example.invalid:8000"])
def test_only_this_machine_is_loaded(url: str) -> None:
    with pytest.raises(
        KitError, match=r"is not this machine, and load that nobody asked for is an attack|has no address"
    ):
        load(url, lambda count: [("ada", "secret")] * count, users=(1,), seconds=0.1)


def test_the_kit_and_the_locust_file_know_the_same_flows() -> None:
    names = [
        [key.value for key in node.value.keys if isinstance(key, ast.Constant)]
        for node in ast.parse(VISITOR.read_text("utf-8")).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)
    ]
    assert names == [list(FLOWS)]


# What it does.


@needs_locust
def test_each_flow_is_measured_with_each_number_of_users(lab: Lab) -> None:
    before = len(psutil.Process().children())
    found = lab.load(users=(2, 1), seconds=0.5, rounds=2)
    assert [(point.users, point.flow) for point in found.points] == [
        (n, flow) for n in (1, 2) for flow in USUAL
    ]
    assert found.errors == 0, found.verdict
    for point in found.points:
        assert point.requests > 0
        assert point.seconds >= 0.5
        assert len(point.rates) == 2
        assert min(point.rates) <= point.typical <= max(point.rates)
        assert min(point.rates) <= point.rate <= max(point.rates)
        assert {*point.spans} == {"auth", "store", "crypto", "total"}
        assert (point.spans["auth"] > 0) == (point.flow != "none")
        assert (point.spans["store"] > 0) == (point.flow == "session")
        assert (point.spans["crypto"] > 0) == (point.flow == "token")
        assert point.spans["total"] >= point.spans["auth"]
    assert {*found["token", 2].by_request} == {"GET /token/me"}
    assert {*found["none", 2].by_request} == {"GET /lab/control"}
    assert found["session", 1].by_request["GET /session/me"]["requests"] == found["session", 1].requests
    assert lab.state().rows == [], "everybody has logged out"
    assert len(psutil.Process().children()) == before


@needs_locust
def test_a_mixed_flow_logs_in_reads_changes_and_logs_out(lab: Lab) -> None:
    found = lab.load("session-mixed", "token-mixed", users=(2,), seconds=4, rounds=1)
    assert found.errors == 0, found.verdict
    for flow in ("session", "token"):
        by_request = found[f"{flow}-mixed", 2].by_request
        assert {*by_request} == {
            f"POST /{flow}/login",
            f"GET /{flow}/me",
            f"POST /{flow}/email",
            f"POST /{flow}/logout",
        }
        assert by_request[f"POST /{flow}/login"]["spans"]["crypto"] > 1000, (
            "a password check takes milliseconds"
        )
    assert lab.state().rows == []


@needs_locust
def test_errors_are_counted_and_the_first_is_shown(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_it(*_: Any) -> str:
        lab.faults.store_down()
        return ""

    monkeypatch.setattr(module, "sketch", break_it)
    found = lab.load("session", "token", users=(1,), seconds=1, rounds=4)
    assert found["session", 1].errors > 0
    assert found["token", 1].errors == 0, "a token needs no store"
    assert "errors, the first: GET /session/me: 503" in found.verdict


@needs_locust
def test_a_refused_login_is_reported(lab: Lab) -> None:
    with pytest.raises(KitError, match="ada cannot log in: 401 invalid_credentials"):
        load(lab.url, lambda count: [("ada", "wrong")] * count, ["session"], (1,), 0.1)


@needs_locust
def test_a_server_that_is_gone_is_reported(lab: Lab) -> None:
    with pytest.raises(KitError, match=r"cannot log in: .*refused"):
        load("http://127.0.0.1:1", lambda count: [("ada", "x")] * count, ["token"], (1,), 0.1)


@needs_locust
def test_over_tls_the_labs_own_authority_is_trusted() -> None:
    with Lab.start(tls=True) as lab:
        assert lab.load("session", users=(1,), seconds=0.3, rounds=1).errors == 0
        with pytest.raises(KitError, match="cannot log in"):
            load(lab.url, lab._accounts.numbered, ["session"], (1,), 0.1)


@needs_locust
def test_nothing_is_left_when_the_notebook_is_killed(lab: Lab) -> None:
    code = (
        "import json, sys; from labserver.kit.measurement import load\n"
        "from labserver.kit.processes.child import Child\n"
        "class Recorded(Child):\n"
        "    def send(self, what):\n        super().send(what); print(self.pid, flush=True)\n"
        "load.Child = Recorded\n"
        "load.load(sys.argv[1], lambda n: [sys.argv[2:4]] * n, ['token'], (2,), 300, rounds=1)\n"
    )
    words = [lab.url, "ada", lab.login("ada")["password"]]
    notebook = subprocess.Popen(
        [sys.executable, "-c", code, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with notebook:
        assert notebook.stdout
        engine = psutil.Process(int(notebook.stdout.readline()))
        while not lab.state().rows:  # it is at work
            time.sleep(0.05)
        notebook.kill()
    psutil.wait_procs([engine], timeout=60)
    assert not engine.is_running()


# On the command line.


def labserver(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "labserver", "load", *words],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def ready_line(lab: Lab) -> str:
    users = {"ada": {"password": lab.login("ada")["password"]}}
    return json.dumps({"url": lab.url, "users": users, "ca": None})


@needs_locust
def test_the_command_prints_what_was_carried(lab: Lab) -> None:
    words = ["--flow", "token", "--flow", "none", "--users", "1,2", "--seconds", "0.3"]
    done = labserver(*words, stdin=ready_line(lab))
    assert (done.returncode, done.stderr) == (0, "")
    assert "(none); no errors." in done.stdout
    points = json.loads(labserver(*words, "--json", stdin=ready_line(lab)).stdout)
    which = [(point["flow"], point["users"], point["errors"]) for point in points]
    assert which == [("token", 1, 0), ("none", 1, 0), ("token", 2, 0), ("none", 2, 0)]
    assert {*points[1]["by_request"]} == {"GET /healthz"}, "without a lab key"
    assert all(point["rate"] > 0 for point in points)


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        ([], "", "Standard input does not begin with a line of JSON"),
        (["--ready", "nowhere.json"], "", "nowhere.json cannot be read"),
        ([], "{}", "lacks the address or the users' passwords"),
        (["--users", "many"], "{}", "numbers of users look like 1,2,4,8, not 'many'"),
        (["--flow", "sesion"], '{"url": "http://127.0.0.1:1", "users": {}}', "There is no flow 'sesion'"),
        (
            ["--flow", "token-mixed"],
            '{"url": "http://127.0.0.1:1", "users": {"ada": {"password": "x"}}}',
            "1 accounts are too few",
        ),
        (
            [],
            '{"url": "http://192.0.2.7:1", "users": {"ada": {"password": "x"}}}',
            "192.0.2.7 (192.0.2.7) is not this machine",
        ),
    ],
)
@needs_locust
def test_the_command_says_what_is_missing(words: list[str], stdin: str, says: str) -> None:
    done = labserver(*words, stdin=stdin)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


# On several machines, here on one: with Locust's own commands.


def documented() -> list[list[str]]:
    """Read the commands that stand at the head of the Locust file."""
    text = (ast.get_docstring(ast.parse(LOCUSTFILE.read_text("utf-8"))) or "").replace("\\\n", " ")
    lines = [line.split("    ") for line in text.splitlines() if line.strip().startswith("locust ")]
    return [" ".join(parts[:-1] if parts[0] else parts[1:-1]).split() for parts in lines]


def locust(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


@needs_locust
def test_one_master_and_two_workers_by_the_documented_commands(lab: Lab, tmp_path: Path) -> None:
    line = tmp_path / "ready.json"
    line.write_text(ready_line(lab), encoding="utf-8")
    master_words, worker_words = documented()
    assert {"--master", "--expect-workers", "--master-bind-host"} <= {*master_words}
    given = {"10s": "2s", "ready.json": str(line)}
    master_words = [given.get(word, word) for word in master_words]
    port = ["--master-bind-port", str(free_port())]
    processes = [locust(*master_words, *port)]
    try:
        there = ["--master-host", "127.0.0.1", "--master-port", port[1]]
        processes += [locust(*worker_words, *there) for _ in range(2)]
        said = [process.communicate(timeout=240)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert "to 2 ready workers" in said[0]
    summary_line = next(line for line in said[0].splitlines() if line.startswith("GET /session/me:"))
    assert " 0 errors; the server's medians: auth " in summary_line
    assert lab.state().rows == []


@needs_locust
def test_locust_itself_is_refused_another_machine(lab: Lab, tmp_path: Path) -> None:
    line = tmp_path / "ready.json"
    line.write_text(ready_line(lab), encoding="utf-8")
    words = ["locust", "-f", str(LOCUSTFILE), "--headless", "--users", "1", "--run-time", "1s"]
    for more, says in (
        (["--ready", str(line), "--host", "http://192.0.2.7:1"], "is not this machine"),
        ([], "Say who logs in: --ready FILE"),
        (["--ready", "nowhere.json"], "does not begin with the line of JSON"),
    ):
        process = locust(*words, *more)
        said = process.communicate(timeout=120)[0]
        assert process.returncode not in (0, None)
        assert says in said
        assert "Traceback" not in said


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
