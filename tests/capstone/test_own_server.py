"""A learner's server file as a process: started, limited, moved in time, ended; errors name the line."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import psutil  # type: ignore[import-untyped]
import pytest
import requests

from labserver.kit.failures import ControlRefused, KitError, StartFailed
from labserver.kit.lab import Lab
from labserver.kit.processes import own_server
from labserver.kit.processes.client import Direct
from labserver.kit.processes.own_server import OwnServer
from tests.conftest import ROOT
from tests.process.processes import wait_until

SMALL = """
import os, sqlite3, time
from datetime import UTC, datetime

import jwt
from flask import Flask, jsonify

print("said while it loads", flush=True)


def create_app(passwords):
    app = Flask(__name__)
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute("CREATE TABLE notes (text)")
    database.execute("INSERT INTO notes VALUES ('a note')")

    @app.get("/facts")
    def facts():
        signed = jwt.encode({"exp": datetime.now(UTC)}, "k" * 32, headers={"kid": "one"})
        return jsonify(time=time.time(), now=datetime.now(UTC).timestamp(), folder=os.getcwd(), token=signed,
                       names=sorted(passwords), name=__name__)

    @app.get("/fails")
    def fails():
        return passwords["nobody"]

    @app.get("/eats")
    def eats():
        return str(len(bytearray(3 * 1024**3)))

    return app


if __name__ == "__main__":
    raise SystemExit("a second server")
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "my_server.py"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def lab(file: Path) -> Iterator[Lab]:
    with Lab(OwnServer(file)) as lab:
        yield lab


def test_it_is_a_process_with_users_and_a_folder_of_its_own(lab: Lab, file: Path) -> None:
    facts = lab.client().get("/facts").json()
    assert facts["names"] == ["ada", "grace", "mallory"]
    assert facts["name"] != "__main__"
    assert Path(facts["folder"]).resolve() != file.parent.resolve() and Path(facts["folder"]).is_dir()
    assert "my_server.py · limits: 30 min" in repr(lab)
    assert not list(file.parent.glob("__pycache__"))


def test_both_clocks_of_the_file_are_moved_and_held(lab: Lab) -> None:
    before = lab.client().get("/facts").json()
    lab.clock.advance(hours=5)
    lab.clock.hold()
    after, again = (lab.client().get("/facts").json() for _ in range(2))
    assert 5 * 3600 <= after["time"] - before["time"] < 5 * 3600 + 60
    assert after["time"] == again["time"] == pytest.approx(after["now"], abs=1e-5)
    lab.clock.run()
    time.sleep(0.01)
    assert lab.client().get("/facts").json()["time"] > after["time"]


def test_the_control_api_signs_as_the_file_does_and_reads_its_tables(lab: Lab) -> None:
    head, claims, signature = lab.client().get("/facts").json()["token"].split(".")
    assert lab.sign(head, claims).split(".")[2] == signature
    assert "a note" in lab._control.get("state")["texts"]


def test_the_control_api_is_for_the_starter_only_and_has_no_other_switch(lab: Lab) -> None:
    with Direct() as somebody:
        assert somebody.get(f"{lab.url}/lab/state", timeout=30).status_code == 403
    with pytest.raises(ControlRefused, match="no such switch"):
        lab.faults.store_down()


def test_an_error_in_a_view_is_a_500_and_its_line_is_known(lab: Lab) -> None:
    assert lab.client().get("/fails").status_code == 500
    [mistake] = lab._control.get("state")["mistakes"]
    number = SMALL.splitlines().index('        return passwords["nobody"]') + 1
    assert mistake == f"my_server.py, line {number} (`return passwords[\"nobody\"]`): KeyError: 'nobody'"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this limit of memory for certain")
def test_it_cannot_take_all_the_memory(lab: Lab) -> None:
    assert lab.client().get("/eats").status_code == 500
    assert "MemoryError" in lab._control.get("state")["mistakes"][-1]
    assert lab.client().get("/facts").status_code == 200


def test_it_ends_with_its_with_with_the_lab_that_ran_it_and_with_its_starter(file: Path) -> None:
    with Lab(OwnServer(file)) as outer:
        with outer.run(file) as first:
            pid = first.server.child.pid  # type: ignore[attr-defined]
            folder = Path(first.client().get("/facts").json()["folder"])
        assert not psutil.pid_exists(pid) and not folder.exists()
        second = outer.run(file)
    assert not second.server.alive
    third = OwnServer(file)
    third.start()
    process = third.child._process
    assert process.stdin is not None
    process.stdin.close()  # as the end of the notebook's kernel does
    assert process.wait(20) == 0
    third.stop()


STARTS = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", {mark!r}])
if not os.fork():
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", {mark!r}])
"""
ENDS = {"stopped": "", "wrong": "sys.exit('enough')", "too slow": "time.sleep(60)"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal for a group of processes")
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_the_file_starts_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(own_server, "LOAD_SECONDS", 3)
    path = tmp_path / "my_server.py"
    path.write_text(f"{STARTS.format(mark=str(path))}{end}\n{SMALL}", encoding="utf-8")
    server = OwnServer(path)
    if end:
        with pytest.raises(StartFailed):
            server.start()
    else:
        server.start()
        assert len(started_by(path)) == 2
        server.stop()
    assert psutil.wait_procs(started_by(path), 5)[1] == []


def started_by(path: Path) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if str(path) in (one.info["cmdline"] or ())]


STAYS = {
    "too slow": ("LOAD", "while True:\n    try: time.sleep(60)\n    except BaseException: pass"),
    "killed": ("KILL", ""),
    "ended by itself": ("", "threading.Timer(3, os._exit, [7]).start()"),
}


@pytest.mark.parametrize(("how", "source"), STAYS.values(), ids=STAYS)
def test_its_folder_goes_however_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, source: str
) -> None:
    """Without a next start, which would sweep up what is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(own_server, "LOAD_SECONDS", 2)
    path = tmp_path / "my_server.py"
    path.write_text(f"import threading, time\n{SMALL}\n{source}", encoding="utf-8")
    server = OwnServer(path)
    if how == "LOAD":
        with pytest.raises(StartFailed, match="still loading"):
            server.start()
    else:
        server.start()
        assert len(list(tmp_path.glob("labserver-home-*"))) == 1
        if how == "KILL":
            server.child.kill()
        else:
            assert server.has_ended(30)
            server.stop()
    assert list(tmp_path.glob("labserver-home-*")) == []


def test_its_folder_goes_with_the_notebook_while_it_loads(tmp_path: Path) -> None:
    """When the program that started it is killed, nobody else is left to tidy up."""
    path = tmp_path / "my_server.py"
    path.write_text("import time\ntime.sleep(60)", encoding="utf-8")
    code = (
        "import sys; from labserver.kit.processes.own_server import OwnServer; OwnServer(sys.argv[1]).start()"
    )
    notebook = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)}
    )
    wait_until(lambda: bool(list(tmp_path.glob("labserver-home-*"))), "the folder is there", 60)
    notebook.kill()
    notebook.wait()
    wait_until(lambda: not list(tmp_path.glob("labserver-home-*")), "the folder is gone", 10)


WRONG = {
    "no app": ("x = 1", "has no function create_app"),
    "no return": ("def create_app(passwords):\n    app = 1", "is its last line `return app`"),
    "a name": ("def create_app(passwords):\n    return Flask()", r"line 2 \(`return Flask\(\)`\): NameError"),
    "while loading": ("import no_such_package", r"line 1 \(`import no_such_package`\): ModuleNotFoundError"),
    "no parameter": ("def create_app():\n    pass", "TypeError: create_app"),
    "no Python": ("def create_app(:", r"line 1 \(`def create_app\(:`\): SyntaxError: invalid syntax"),
    "the end": ("import sys\nsys.exit('enough')", r"line 2 .*SystemExit: enough"),
}


@pytest.mark.parametrize(("source", "message"), WRONG.values(), ids=WRONG)
def test_a_file_that_makes_no_server_gets_a_message_with_the_line(
    tmp_path: Path, source: str, message: str
) -> None:
    path = tmp_path / "my_server.py"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(StartFailed, match=message) as failed:
        OwnServer(path).start()
    assert "Mend the file there" in str(failed.value)


def test_a_file_that_serves_by_itself_gets_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_server, "LOAD_SECONDS", 1)
    path = tmp_path / "my_server.py"
    path.write_text(
        dedent(
            """
            from flask import Flask

            Flask("mine").run(port=0)
            """
        ),
        encoding="utf-8",
    )
    with pytest.raises(StartFailed, match=r"still loading after 1 s, at line 4 .*belongs below `if __name__"):
        OwnServer(path).start()


def test_a_port_that_is_taken_is_named(lab: Lab, file: Path) -> None:
    port = int(lab.url.rpartition(":")[2])
    with pytest.raises(StartFailed, match=f"Port {port} is in use") as failed:
        OwnServer(file, port=port).start()
    assert failed.value.code == "port_in_use"


def test_a_change_is_for_one_run_and_has_to_fit_once(file: Path) -> None:
    with Lab(OwnServer(file, change={"'a note'": "'another'"})) as lab:
        assert "another" in lab._control.get("state")["texts"]
        assert "with a change" in repr(lab)
    assert file.read_text(encoding="utf-8") == SMALL
    with pytest.raises(KitError, match="holds 'no such text' 0 times"):
        OwnServer(file, change={"no such text": ""}).start()


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read in"), (b"\xff\xfe\x00", "is not UTF-8"), (b"#" * 2**21, "larger than 1024 KiB")],
    ids=["missing", "bytes", "large"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "my_server.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KitError, match=rf"The file my_server.py .*{message}|The file my_server.py {message}"):
        OwnServer(path).start()


def test_a_server_that_ends_itself_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "my_server.py"
    path.write_text(SMALL.replace('return passwords["nobody"]', "os._exit(7)"), encoding="utf-8")
    with Lab(OwnServer(path)) as lab:
        client = lab.client()
        with pytest.raises(requests.ConnectionError):
            client.get("/fails")
        lab.server.child._process.wait(20)  # type: ignore[attr-defined]
        with pytest.raises(requests.ConnectionError, match=r"ended by itself \(exit code 7\)"):
            client.get("/facts")
