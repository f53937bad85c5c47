"""A lab whose server runs inside this process: the same answers, and no child, no thread, no socket."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from labserver.errors import SettingsError
from labserver.kit.failures import KitError, ServerGone
from labserver.kit.lab import Lab
from labserver.kit.processes.in_process import InProcessServer
from labserver.kit.processes.server import Server
from tests.conftest import ROOT

NOTEBOOK = """
import ast, contextlib, io, json, socket, subprocess, sys, threading
from labserver import Lab, outcome, predict
from labserver.kit.processes.in_process import InProcessServer

def refuse(*_, **__):
    raise RuntimeError("not in this process")

class Refused(socket.socket):
    __init__ = refuse

socket.socket, subprocess.Popen.__init__, threading.Thread.start = Refused, refuse, refuse
Lab.start = lambda: Lab(InProcessServer())
names, shown = {}, 0
for cell in json.load(open("notebooks/00-start-here.ipynb", encoding="utf-8"))["cells"]:
    if cell["cell_type"] != "code":
        continue
    tree, printed = ast.parse("".join(cell["source"])), io.StringIO()
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
    if value is not None:
        shown += bool(repr(value) and value._repr_html_())
    stored = ""
    for out in cell["outputs"]:
        if out["output_type"] != "execute_result":  # what is printed or displayed
            stored += "".join(out["text"] if "text" in out else [*out["data"]["text/plain"], "\\n"])
    assert printed.getvalue() == stored, (printed.getvalue(), stored)
heavy = {"cryptography", "jwt", "granian", "redis", "matplotlib"} & {*sys.modules}
print(shown, "outputs;", heavy or "light")
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(InProcessServer()) as lab:
        yield lab


def test_the_first_notebook_runs_on_it_without_socket_child_or_thread() -> None:
    """Each cell's asserts hold, and it prints what is stored; `cryptography` is not even imported."""
    done = subprocess.run([sys.executable, "-c", NOTEBOOK], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "5 outputs; light\n"


def test_a_server_in_this_process_is_a_server() -> None:
    server: Server = InProcessServer(store="memory:")
    with Lab.start(server=server) as lab:
        assert lab.running and lab.url == server.url
        assert repr(lab) == "Lab on http://lab.invalid · store memory · HS256 · in this process"


def test_a_browser_keeps_its_cookie_and_the_knobs_turn(lab: Lab) -> None:
    ada = lab.client()
    csrf = ada.post("/session/login", json=lab.login("ada")).json()["csrf_token"]
    change = ada.post("/session/email", json={"email": "a@b.example"}, headers={"X-CSRF-Token": csrf})
    assert (change.status_code, change.json()["user"]["email"]) == (200, "a@b.example")
    assert ada.post("/session/login", data=b"\xff").status_code == 415
    assert ada.get("/healthz?a=%C3%A9#part").json() == {"status": "ok"}
    lab.faults.store_down()
    assert ada.get("/session/me").json()["code"] == "store_down"
    lab.faults.store_up()
    lab.clock.advance(hours=13)
    assert ada.get("/session/me").status_code == 401
    lab.user("eve", role="admin")
    assert ada.post("/session/login", json=lab.login("eve")).ok
    lab.reset()
    with pytest.raises(KitError, match="no user 'eve'"):
        lab.login("eve")


def test_its_other_algorithms_make_their_keys_when_they_are_used() -> None:
    with Lab(InProcessServer(algorithm="EdDSA", access_seconds=60, denylist=True)) as lab:
        pair = lab.client().post("/token/login", json=lab.login("ada")).json()
        assert pair["expires_in"] == 60
        assert lab.client().get("/.well-known/jwks.json").json()["keys"][0]["alg"] == "EdDSA"


def test_after_its_end_it_says_so_and_nothing_is_left(lab: Lab) -> None:
    folder = Path(lab.server.ready["clock"]).parent
    ada = lab.client()
    assert folder.is_dir()
    lab.stop()
    lab.stop()
    assert not folder.exists() and not lab.running
    with pytest.raises(ServerGone, match=r"it was stopped\. Run the cell with Lab\.start"):
        ada.get("/healthz")
    with pytest.raises(ServerGone, match="it was stopped"):
        lab.state()


def test_a_fork_does_not_end_it(lab: Lab) -> None:
    server = lab.server
    assert isinstance(server, InProcessServer)
    server._owner = -os.getpid()
    server.stop()
    server._owner = os.getpid()
    assert lab.client().get("/healthz").ok


def test_two_of_them_are_two(lab: Lab) -> None:
    with Lab(InProcessServer()) as other:
        ada = lab.client()
        ada.post("/session/login", json=lab.login("ada"))
        assert len(lab.state()) == 1 and len(other.state()) == 0
        assert other.client().post("/session/login", json=lab.login("ada")).status_code == 401


@pytest.mark.parametrize(
    "wish",
    [
        Lab.kill,
        Lab.restart,
        Lab.twin,
        Lab.service,
        Lab.load,
        lambda lab: lab.measure({"it": lab.client().get("/healthz")}),
    ],
    ids=["kill", "restart", "twin", "service", "load", "measure"],
)
def test_what_needs_a_process_says_so(lab: Lab, wish: Callable[[Lab], Any]) -> None:
    with pytest.raises(KitError, match=r"needs a server in a process of its own: start it by Lab\.start"):
        wish(lab)
    assert lab.client().get("/healthz").ok and lab.running


def test_functions_can_be_measured_on_it(lab: Lab) -> None:
    ada = lab.client()
    assert lab.measure({"healthy": lambda: ada.get("/healthz")}, seconds=0.1).rounds >= 6


def test_options_that_make_no_server_are_refused_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SettingsError, match="no algorithm 'HS1'"):
        Lab(InProcessServer(algorithm="HS1"))
    assert list(tmp_path.iterdir()) == []


def test_what_goes_past_the_adapter_reaches_nobody(lab: Lab) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(lab.url, timeout=5)
