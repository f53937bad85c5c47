"""`labserver check`: a file or an address, a report or JSON, and the exit codes of `labserver attack`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labserver.kit.attacks import scene
from labserver.kit.capstone import examine
from labserver.kit.capstone.comparison import TINY
from labserver.kit.failures import ServerGone
from labserver.kit.lab import Lab
from tests.capstone.servers import MODEL, fast
from tests.conftest import ROOT


def check(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "labserver", "check", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1"} | variables,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def test_a_server_that_holds(tmp_path: Path) -> None:
    done = check(str(fast(MODEL, tmp_path)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("0 attacks got in; honest use: 9 of 9; steps done: 8 of 8.")


def test_a_server_that_does_not_as_json(tmp_path: Path) -> None:
    done = check(str(fast(TINY, tmp_path)), "--json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["server"] == "tiny.py" and report["passed"] is False
    assert "another_spelling" in report["got_in"] and "ids_in_the_backup" in report["got_in"]
    assert all(one["kept"] for one in report["contract"])
    assert {one["name"]: one["done"] for one in report["steps"]}["12-rest"] is False
    assert {one["outcome"] for one in report["attacks"]} == {"GOT IN", "kept out", "not tried"}


def test_a_server_whose_honest_use_is_broken(tmp_path: Path) -> None:
    path = fast(TINY, tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("jsonify(user=profile", "jsonify(usr=profile"))
    done = check(str(path))
    assert done.returncode == 1
    assert done.stdout.startswith("honest use that does not work:") and "0 of 8" in done.stdout


ANSWERS_ALL = """
import time
from itertools import repeat
from flask import Flask, Response

def create_app(passwords):
    app = Flask(__name__)
    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer(path):
        return Response({answer}, mimetype="application/json")
    return app
"""


@pytest.mark.parametrize("endless", ['repeat("x" * 10_000)', '(time.sleep(0.001) or "x" for _ in repeat(1))'])
def test_an_answer_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endless: str) -> None:
    monkeypatch.setattr(scene, "WHOLE_SECONDS", 2)
    path = tmp_path / "my_server.py"
    path.write_text(ANSWERS_ALL.format(answer=endless), encoding="utf-8")
    with pytest.raises(ServerGone, match="EndlessAnswer"):
        examine(path)


def test_an_answer_that_is_nested_too_deep(tmp_path: Path) -> None:
    path = tmp_path / "my_server.py"
    path.write_text(ANSWERS_ALL.format(answer='"[" * 200_000'), encoding="utf-8")
    found = examine(path)
    assert found.got_in == [] and "RecursionError" in found.broken[0][1]


def test_what_cannot_be_tried(tmp_path: Path) -> None:
    missing = check(str(tmp_path / "none.py"))
    broken = tmp_path / "broken.py"
    broken.write_text("def create_app(:", encoding="utf-8")
    wrong = check(str(broken))
    silent = check(
        "http://127.0.0.1:9", stdin='{"users": {"ada": {"password": "x"}, "mallory": {"password": "y"}}}'
    )
    assert [missing.returncode, wrong.returncode, silent.returncode] == [2, 2, 2]
    assert "none.py cannot be read" in missing.stderr
    assert "line 1 (`def create_app(:`): SyntaxError" in wrong.stderr
    assert "no answer from" in silent.stderr.lower()
    assert "Traceback" not in missing.stderr + wrong.stderr + silent.stderr


ODD = "\\x1b[2J \\x9b1A \\u202e"
"""Clear the screen, go up a line, turn the text around: as an escape in a file, and as it is to be shown."""


@pytest.mark.parametrize(("place", "exit_code"), [("create_app", 2), ("answer", 1)])
def test_what_a_file_says_cannot_move_the_cursor(tmp_path: Path, place: str, exit_code: int) -> None:
    """Whether it says so at the start, or while it answers."""
    source = ANSWERS_ALL.format(answer='"{}"')
    lines = source.splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if f"def {place}(" in line)
    indent = " " * (4 if place == "create_app" else 8)
    lines.insert(number + 1, f'{indent}raise ValueError("{ODD}")\n')
    path = tmp_path / "my_server.py"
    path.write_text("".join(lines), encoding="utf-8")
    done = check(str(path))
    assert done.returncode == exit_code, done.stderr
    assert f"ValueError: {ODD}" in done.stdout + done.stderr
    assert not {"\x1b", "\x9b", "\u202e"} & set(done.stdout + done.stderr)


def test_an_address_with_and_without_the_lab_key() -> None:
    with Lab.start(denylist=True) as lab:
        ready = dict(lab.server.ready)
        key = str(ready.pop("lab_key"))
        with_key = check(lab.url, "--json", stdin=json.dumps(ready) + "\n", LABSERVER_LAB_KEY=key)
        lab.clock.advance(hours=1)  # the victim's name had to wait
        without = check(lab.url, "--json", stdin=json.dumps(ready) + "\n")
    assert [without.returncode, with_key.returncode] == [0, 0], with_key.stdout + without.stdout
    limits = [
        {one["name"]: one for one in json.loads(each.stdout)["steps"]}["12-limits"]
        for each in (without, with_key)
    ]
    assert [one["held"] for one in limits] == [11, 13]
