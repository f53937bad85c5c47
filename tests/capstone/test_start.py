"""Where a learner's file begins, and what is remembered of a step that is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labserver import capstone
from labserver.kit.capstone import start
from labserver.kit.capstone.comparison import TINY
from labserver.kit.exercises import progress
from tests.capstone.servers import FAST, MODEL
from tests.conftest import ROOT


def test_a_copy_of_tiny_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = capstone.begin("my_server.py")
    assert mine == tmp_path / "my_server.py" and mine.read_bytes() == TINY.read_bytes()
    mine.write_text("mine", encoding="utf-8")
    assert capstone.begin("my_server.py").read_text(encoding="utf-8") == "mine"
    made, left = capsys.readouterr().out.splitlines()
    assert made.endswith("beside this notebook.") and left.endswith("stays as you left it.")


def test_the_labs_own_folder_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "notebooks")
    before = sorted(path.name for path in (ROOT / "notebooks").iterdir())
    try:
        mine = capstone.begin("my_server.py")
        assert mine.read_bytes() == TINY.read_bytes() and ROOT not in mine.parents
        mine.write_text("mine", encoding="utf-8")
        assert capstone.begin("my_server.py").read_text(encoding="utf-8") == "mine"
    finally:
        start._keeper().stop()
        start._keeper.cache_clear()
    assert not mine.exists()
    assert sorted(path.name for path in (ROOT / "notebooks").iterdir()) == before


def test_a_step_that_is_done_is_remembered_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr(progress, "record", lambda *said, **facts: seen.append((*said, facts)))
    source = MODEL.read_text(encoding="utf-8")
    for old, new in {**FAST, ' or now >= session["used"] + IDLE_SECONDS': ""}.items():
        source = source.replace(old, new)
    mine = tmp_path / "my_server.py"
    mine.write_text(source, encoding="utf-8")
    assert not capstone.step("12-limits", mine).passed
    done = capstone.step("12-rest", str(mine))
    assert done.passed and done.comparison is not None
    assert seen == [("step", "12-rest", {"right": True})]
