"""The learner's copies follow the originals until their owner changes them, and nothing of theirs is lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from launcher.copies import WorkingCopies
from launcher.say import Stop

NOON = datetime(2026, 3, 1, 12, 0)


@pytest.fixture
def desk(tmp_path: Path) -> WorkingCopies:
    originals = tmp_path / "notebooks"
    (originals / "solutions").mkdir(parents=True)
    (originals / "instructor").mkdir()
    (originals / "00-start-here.ipynb").write_text("start", "utf-8")
    (originals / "02-sessions.ipynb").write_text("sessions", "utf-8")
    (originals / "solutions" / "02-sessions.py").write_text("solution", "utf-8")
    (originals / "instructor" / "key.md").write_text("answers", "utf-8")
    return WorkingCopies(tmp_path)


def mine(desk: WorkingCopies, name: str = "02-sessions.ipynb") -> Path:
    return desk.copies / name


def original(desk: WorkingCopies) -> Path:
    return desk.originals / "02-sessions.ipynb"


def all_text(desk: WorkingCopies) -> set[str]:
    return {path.read_text("utf-8") for path in desk.copies.rglob("*.ipynb")}


def test_learners_get_notebooks_and_solutions_but_not_the_instructors_key(desk: WorkingCopies) -> None:
    assert desk.hand_out() == []
    found = sorted(p.relative_to(desk.copies).as_posix() for p in desk.copies.rglob("*") if p.is_file())
    assert found == [
        ".originals.json",
        "00-start-here.ipynb",
        "02-sessions.ipynb",
        "solutions/02-sessions.py",
    ]


def test_an_unchanged_copy_follows_its_original(desk: WorkingCopies) -> None:
    desk.hand_out()
    original(desk).write_text("sessions, better", "utf-8")
    assert desk.hand_out() == []
    assert mine(desk).read_text("utf-8") == "sessions, better"


def test_a_changed_copy_is_kept_and_told_about(desk: WorkingCopies) -> None:
    desk.hand_out()
    mine(desk).write_text("my answers", "utf-8")
    assert desk.hand_out() == []  # nothing to tell: the original is the one that was changed
    original(desk).write_text("sessions, better", "utf-8")
    assert desk.hand_out() == ["02-sessions.ipynb"]
    assert desk.hand_out() == ["02-sessions.ipynb"]
    assert mine(desk).read_text("utf-8") == "my answers"


def test_a_copy_changed_back_follows_again(desk: WorkingCopies) -> None:
    desk.hand_out()
    mine(desk).write_text("my answers", "utf-8")
    desk.hand_out()
    mine(desk).write_text("sessions", "utf-8")
    original(desk).write_text("sessions, better", "utf-8")
    assert desk.hand_out() == []
    assert mine(desk).read_text("utf-8") == "sessions, better"


def test_a_lost_memory_loses_no_answers(desk: WorkingCopies) -> None:
    desk.hand_out()
    mine(desk).write_text("my answers", "utf-8")
    for memory in ("", "[]", "{"):
        desk.memory.write_text(memory, "utf-8")
        original(desk).write_text("sessions" + memory, "utf-8")
        assert desk.hand_out() == ["02-sessions.ipynb"]
        assert mine(desk).read_text("utf-8") == "my answers"


def test_a_deleted_copy_comes_back(desk: WorkingCopies) -> None:
    desk.hand_out()
    mine(desk).unlink()
    desk.hand_out()
    assert mine(desk).read_text("utf-8") == "sessions"


def test_an_original_that_is_gone_takes_only_an_unchanged_copy_along(desk: WorkingCopies) -> None:
    desk.hand_out()
    mine(desk, "00-start-here.ipynb").write_text("my start", "utf-8")
    for path in desk.originals.glob("*.ipynb"):
        path.unlink()
    desk.hand_out()
    assert not mine(desk).exists()
    assert mine(desk, "00-start-here.ipynb").read_text("utf-8") == "my start"


def test_only_what_we_shipped_is_vouched_for(desk: WorkingCopies) -> None:
    desk.hand_out()
    assert desk.as_shipped() == ["00-start-here.ipynb", "02-sessions.ipynb"]
    mine(desk).write_text("<script>", "utf-8")
    assert desk.as_shipped() == ["00-start-here.ipynb"]


@pytest.mark.parametrize("which", ["02", "2", "02-sessions", "02-sessions.ipynb", "work/02-sessions.ipynb"])
def test_restore_brings_one_back_and_keeps_the_learners_version(desk: WorkingCopies, which: str) -> None:
    desk.hand_out()
    mine(desk).write_text("my answers", "utf-8")
    mine(desk, "00-start-here.ipynb").write_text("my start", "utf-8")
    kept = "kept/02-sessions.2026-03-01-1200.ipynb"
    assert desk.restore(which, NOON) == [("02-sessions.ipynb", kept)]
    assert mine(desk).read_text("utf-8") == "sessions"
    assert mine(desk, kept).read_text("utf-8") == "my answers"
    assert mine(desk, "00-start-here.ipynb").read_text("utf-8") == "my start"


def test_restore_all_brings_every_file_back(desk: WorkingCopies) -> None:
    desk.hand_out()
    mine(desk).write_text("my answers", "utf-8")
    mine(desk, "solutions/02-sessions.py").write_text("my solution", "utf-8")
    done = dict(desk.restore("all", NOON))
    assert done["00-start-here.ipynb"] is None
    assert done["solutions/02-sessions.py"] == "kept/02-sessions.2026-03-01-1200.py"
    assert mine(desk, "solutions/02-sessions.py").read_text("utf-8") == "solution"


def test_two_restores_in_one_minute_keep_both(desk: WorkingCopies) -> None:
    desk.hand_out()
    for version in ("first", "second", "third"):
        mine(desk).write_text(version, "utf-8")
        desk.restore("02", NOON)
    assert all_text(desk) >= {"first", "second", "third"}


def test_restore_catches_up_with_a_newer_original(desk: WorkingCopies) -> None:
    desk.hand_out()
    mine(desk).write_text("my answers", "utf-8")
    original(desk).write_text("sessions, better", "utf-8")
    desk.restore("02", NOON)
    original(desk).write_text("sessions, best", "utf-8")
    assert desk.hand_out() == []
    assert mine(desk).read_text("utf-8") == "sessions, best"


@pytest.mark.parametrize("which", ["7", "sessions", "../02-sessions", "solutions/02-sessions.py", ""])
def test_a_notebook_that_is_not_there_is_answered_with_those_that_are(
    desk: WorkingCopies, which: str
) -> None:
    desk.hand_out()
    with pytest.raises(Stop, match=r"one of 00, 02, or with all\."):
        desk.restore(which, NOON)
