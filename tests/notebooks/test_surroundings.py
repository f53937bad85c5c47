"""No proxy and no `.netrc` of the learner's changes what a notebook or the kit sends to this machine.

With them, nbval passes a whole notebook, but for the cells whose stored outputs were changed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labserver.kit.attacks import Target
from labserver.kit.browser.web import REAL_NAME, Web
from labserver.kit.capstone import step
from labserver.kit.exercises import claims
from labserver.kit.lab import Lab
from tests.capstone.servers import MODEL, fast
from tests.notebooks.nbval import ROOT, verdicts
from tests.notebooks.samples import Raw
from tools.rules import Notebook

NOTEBOOKS = ROOT / "notebooks"
MEASURING = ("from labserver import Lab", "def stopwatch(", "race =", "def published(", "first =", "report =")
"""How to know the cells of 05 that send something by themselves; the last asserts on what the others did."""


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a proxy that is not there, and credentials for every host."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_a_whole_notebook_passes_but_for_a_changed_output_and_a_changed_verdict(tmp_path: Path) -> None:
    """Run the first notebook, which is the fastest, spoilt in three cells: these fail, and no other."""
    raw = json.loads((NOTEBOOKS / "00-start-here.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in raw["cells"] if cell["cell_type"] == "code"]
    spoilt = {
        _spoil(cells, r"The run (says|shows) \w", "The run shows z"),
        _spoil(cells, r"\b200\b", "201"),
        _spoil(cells, r"^(.+)$", r"\1 and more"),
    }
    assert len(spoilt) == 3
    path = tmp_path / "spoilt.ipynb"
    path.write_text(json.dumps(raw), encoding="utf-8")
    found = verdicts(tmp_path, path)
    assert found == {number: "failed" if number in spoilt else "passed" for number in range(len(cells))}


def _spoil(cells: list[Raw], old: str, new: str) -> int:
    """Change the first stored text that fits, and mark its cell as spoilt; gives the cell's number."""
    for number, cell in enumerate(cells):
        if "spoilt" in cell["metadata"]:
            continue
        for output in cell.get("outputs", ()):
            texts = output if "text" in output else output.get("data", {})
            key = "text" if "text" in output else "text/plain"
            if "nbval-ignore-output" in cell["metadata"].get("tags", ()) or key not in texts:
                continue
            text = "".join(texts[key])
            if re.search(old, text, re.MULTILINE):
                texts[key] = re.sub(old, new, text, count=1, flags=re.MULTILINE)
                cell["metadata"]["spoilt"] = True
                return number
    raise AssertionError(f"no output to spoil with {old}")


def test_the_cells_of_05_that_send_by_themselves_pass() -> None:
    cells = [cell.source for cell in Notebook.read(NOTEBOOKS / "05-measuring.ipynb").code]
    chosen = [next(source for source in cells if sign in source) for sign in MEASURING]
    code = "\n".join([*chosen, "lab.stop()"]).replace("seconds=4", "seconds=0.2")
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_control_target_and_load_go_straight_to_the_server() -> None:
    with Lab.start() as lab:
        before = lab.clock.now()
        lab.clock.advance(minutes=1)
        assert lab.clock.now() >= before + 60
        sign = Target.from_ready_message(lab.server.ready).sign
        assert sign is not None
        assert sign({"alg": "HS256"}, {"sub": "ada"}).count(".") == 2
        carried = lab.load("session", "token", users=(1,), seconds=0.1, rounds=1)
        assert carried.errors == 0


COMMANDS = (("attack",), ("load", "--users", "1", "--seconds", "0.1"))


def test_the_commands_go_straight_to_the_server(tmp_path: Path) -> None:
    with Lab.start() as lab:
        message = tmp_path / "ready.json"
        message.write_text(json.dumps(lab.server.ready), encoding="utf-8")
        for name, *options in COMMANDS:
            words = [sys.executable, "-m", "labserver", name, "--ready", str(message), *options]
            done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
            assert done.returncode == 0, done.stdout + done.stderr


def test_a_learners_own_server_is_asked_straight(tmp_path: Path) -> None:
    assert step("12-rest", fast(MODEL, tmp_path)).passed


def test_claims_are_tried_straight() -> None:
    found = claims.run(["logging-out-kills-a-jwt", "httponly-stops-cross-site-scripting"])
    assert found.flipped == []


def test_the_browser_goes_straight_to_every_name() -> None:
    """Left alone, Chromium asks the proxy for all names but those that end in localhost."""
    web = Web.start()
    try:
        if web.chromium is None:
            pytest.skip(web.why)
        assert web.tab(web.address("/healthz", host=REAL_NAME)).text("body") == '{"status": "ok"}'
    finally:
        web.stop()
