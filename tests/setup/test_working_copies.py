"""The learner's copies follow the originals until their owner changes them, and nothing of theirs is lost."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from labserver.runtime.command import CommandFailed
from launcher.working_copies import WorkingCopies

NOON = datetime(2026, 3, 1, 12, 0)


@pytest.fixture
def copies(tmp_path: Path) -> WorkingCopies:
    originals = tmp_path / "notebooks"
    (originals / "solutions").mkdir(parents=True)
    (originals / "instructor").mkdir()
    (originals / "00-start-here.ipynb").write_text("start", "utf-8")
    (originals / "02-sessions.ipynb").write_text("sessions", "utf-8")
    (originals / "solutions" / "02-sessions.py").write_text("solution", "utf-8")
    (originals / "instructor" / "key.md").write_text("answers", "utf-8")
    return WorkingCopies(tmp_path)


def mine(copies: WorkingCopies, name: str = "02-sessions.ipynb") -> Path:
    return copies.folder / name


def original(copies: WorkingCopies) -> Path:
    return copies.originals / "02-sessions.ipynb"


def all_text(copies: WorkingCopies) -> set[str]:
    return {path.read_text("utf-8") for path in copies.folder.rglob("*.ipynb")}


def test_learners_get_notebooks_and_solutions_but_not_the_instructors_key(copies: WorkingCopies) -> None:
    assert copies.hand_out() == []
    found = sorted(p.relative_to(copies.folder).as_posix() for p in copies.folder.rglob("*") if p.is_file())
    assert found == [
        ".originals.json",
        "00-start-here.ipynb",
        "02-sessions.ipynb",
        "solutions/02-sessions.py",
    ]


def test_an_unchanged_copy_follows_its_original(copies: WorkingCopies) -> None:
    copies.hand_out()
    original(copies).write_text("sessions, better", "utf-8")
    assert copies.hand_out() == []
    assert mine(copies).read_text("utf-8") == "sessions, better"


def test_a_changed_copy_stays_and_is_reported(copies: WorkingCopies) -> None:
    copies.hand_out()
    mine(copies).write_text("my answers", "utf-8")
    assert copies.hand_out() == []  # nothing to tell: the original is the one that was changed
    original(copies).write_text("sessions, better", "utf-8")
    assert copies.hand_out() == ["02-sessions.ipynb"]
    assert copies.hand_out() == ["02-sessions.ipynb"]
    assert mine(copies).read_text("utf-8") == "my answers"


def test_a_copy_changed_back_follows_again(copies: WorkingCopies) -> None:
    copies.hand_out()
    mine(copies).write_text("my answers", "utf-8")
    copies.hand_out()
    mine(copies).write_text("sessions", "utf-8")
    original(copies).write_text("sessions, better", "utf-8")
    assert copies.hand_out() == []
    assert mine(copies).read_text("utf-8") == "sessions, better"


@pytest.mark.parametrize("memory", ["", "[]", "{"])
def test_a_lost_memory_loses_no_answers(memory: str, copies: WorkingCopies) -> None:
    copies.hand_out()
    mine(copies).write_text("my answers", "utf-8")
    copies.memory.write_text(memory, "utf-8")
    original(copies).write_text("sessions, better", "utf-8")
    assert copies.hand_out() == ["02-sessions.ipynb"]
    assert mine(copies).read_text("utf-8") == "my answers"


def test_a_deleted_copy_comes_back(copies: WorkingCopies) -> None:
    copies.hand_out()
    mine(copies).unlink()
    copies.hand_out()
    assert mine(copies).read_text("utf-8") == "sessions"


def test_an_original_that_is_gone_takes_only_an_unchanged_copy_along(copies: WorkingCopies) -> None:
    copies.hand_out()
    mine(copies, "00-start-here.ipynb").write_text("my start", "utf-8")
    for path in copies.originals.glob("*.ipynb"):
        path.unlink()
    copies.hand_out()
    assert not mine(copies).exists()
    assert mine(copies, "00-start-here.ipynb").read_text("utf-8") == "my start"


def test_only_what_we_shipped_is_vouched_for(copies: WorkingCopies) -> None:
    copies.hand_out()
    assert copies.as_shipped() == ["00-start-here.ipynb", "02-sessions.ipynb"]
    mine(copies).write_text("<script>", "utf-8")
    assert copies.as_shipped() == ["00-start-here.ipynb"]


SHIPPED: dict[str, Any] = {
    "cells": [
        {"cell_type": "code", "source": "1 + 1", "outputs": [{"text": "2"}], "execution_count": 1},
        {"cell_type": "markdown", "source": "ü"},
    ]
}


def ship(copies: WorkingCopies, text: str) -> None:
    """Change the original: what it says, and what its outputs do not."""
    SHIPPED["cells"][1]["source"] = text
    original(copies).write_text(json.dumps(SHIPPED), "utf-8")


def cells(copies: WorkingCopies) -> list[Any]:
    return list(json.loads(mine(copies).read_text("utf-8"))["cells"])


def test_a_copy_comes_without_outputs_and_counts(copies: WorkingCopies) -> None:
    ship(copies, "ü")
    copies.hand_out()
    assert cells(copies) == [
        {"cell_type": "code", "source": "1 + 1", "outputs": [], "execution_count": None},
        {"cell_type": "markdown", "source": "ü"},
    ]
    assert "ü" in mine(copies).read_text("utf-8")
    assert "02-sessions.ipynb" in copies.as_shipped()
    handed = mine(copies).read_bytes()
    assert copies.hand_out() == [] and mine(copies).read_bytes() == handed


def test_with_outputs_it_is_the_original_and_back_again(copies: WorkingCopies) -> None:
    ship(copies, "ü")
    whole = WorkingCopies(copies.root, with_outputs=True)
    for _ in range(2):
        assert copies.hand_out() == [] and cells(copies)[0]["outputs"] == []
        assert whole.hand_out() == [] and mine(copies).read_bytes() == original(copies).read_bytes()
        assert "02-sessions.ipynb" in copies.as_shipped()


def test_a_changed_copy_is_behind_a_new_text_not_behind_new_outputs(copies: WorkingCopies) -> None:
    ship(copies, "ü")
    copies.hand_out()
    mine(copies).write_text("my answers", "utf-8")
    original(copies).write_text(json.dumps(SHIPPED).replace('"2"', '"3"'), "utf-8")
    for with_outputs in (False, True):
        assert WorkingCopies(copies.root, with_outputs).hand_out() == []
    ship(copies, "u")
    assert copies.hand_out() == ["02-sessions.ipynb"]


def test_restore_keeps_no_version_that_is_ours(copies: WorkingCopies) -> None:
    ship(copies, "ü")
    copies.hand_out()
    whole = WorkingCopies(copies.root, with_outputs=True)
    assert whole.restore("02", NOON) == [("02-sessions.ipynb", None)]
    assert mine(copies).read_bytes() == original(copies).read_bytes()
    mine(copies).write_text("my answers", "utf-8")
    assert copies.restore("02", NOON) == [("02-sessions.ipynb", "kept/02-sessions.2026-03-01-1200.ipynb")]
    assert cells(copies)[0]["outputs"] == []


@pytest.mark.parametrize("which", ["02", "2", "02-sessions", "02-sessions.ipynb", "work/02-sessions.ipynb"])
def test_restore_brings_one_back_and_keeps_the_learners_version(copies: WorkingCopies, which: str) -> None:
    copies.hand_out()
    mine(copies).write_text("my answers", "utf-8")
    mine(copies, "00-start-here.ipynb").write_text("my start", "utf-8")
    kept = "kept/02-sessions.2026-03-01-1200.ipynb"
    assert copies.restore(which, NOON) == [("02-sessions.ipynb", kept)]
    assert mine(copies).read_text("utf-8") == "sessions"
    assert mine(copies, kept).read_text("utf-8") == "my answers"
    assert mine(copies, "00-start-here.ipynb").read_text("utf-8") == "my start"


def test_restore_all_brings_every_file_back(copies: WorkingCopies) -> None:
    copies.hand_out()
    mine(copies).write_text("my answers", "utf-8")
    mine(copies, "solutions/02-sessions.py").write_text("my solution", "utf-8")
    done = dict(copies.restore("all", NOON))
    assert done["00-start-here.ipynb"] is None
    assert done["solutions/02-sessions.py"] == "kept/02-sessions.2026-03-01-1200.py"
    assert mine(copies, "solutions/02-sessions.py").read_text("utf-8") == "solution"


def test_two_restores_in_one_minute_keep_both(copies: WorkingCopies) -> None:
    copies.hand_out()
    for version in ("first", "second", "third"):
        mine(copies).write_text(version, "utf-8")
        copies.restore("02", NOON)
    assert all_text(copies) >= {"first", "second", "third"}


def test_restore_catches_up_with_a_newer_original(copies: WorkingCopies) -> None:
    copies.hand_out()
    mine(copies).write_text("my answers", "utf-8")
    original(copies).write_text("sessions, better", "utf-8")
    copies.restore("02", NOON)
    original(copies).write_text("sessions, best", "utf-8")
    assert copies.hand_out() == []
    assert mine(copies).read_text("utf-8") == "sessions, best"


@pytest.mark.parametrize("which", ["7", "sessions", "../02-sessions", "solutions/02-sessions.py", ""])
def test_a_notebook_that_is_not_there_is_answered_with_those_that_are(
    copies: WorkingCopies, which: str
) -> None:
    copies.hand_out()
    with pytest.raises(CommandFailed, match=r"one of 00, 02, or with all\."):
        copies.restore(which, NOON)
