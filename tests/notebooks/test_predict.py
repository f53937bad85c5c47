"""Stored predictions always say the same and leave no trace; a learner's are remembered, scored fairly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from labserver.kit.exercises import predict as module
from labserver.kit.exercises.predict import outcome, predict, predictions


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    restart()
    yield tmp_path
    restart()


def restart() -> None:
    """Forget what a kernel knows; what is in the file stays."""
    module._said.clear()


def test_a_stored_question_mark_prints_the_same_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predict("02-logout", "?")
    outcome("02-logout", "b")
    assert capsys.readouterr().out.splitlines() == [
        "Your prediction? Put a letter in place of the ?, then run the cell again.",
        "The run says b. You had not predicted.",
    ]
    assert list(folder.iterdir()) == []


def test_a_right_guess(capsys: pytest.CaptureFixture[str]) -> None:
    predict("02-logout", "B ")
    outcome("02-logout", "b")
    assert capsys.readouterr().out.splitlines() == [
        "You say b. Run on and see.",
        "The run says b. As you said.",
    ]
    assert predictions() == {"02-logout": {"said": "b", "run": "b"}}


def test_a_wrong_guess_is_pointed_to_the_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    predict("02-logout", "a")
    outcome("02-logout", "b")
    assert "You had said a: the cell above shows what decided it." in capsys.readouterr().out


def test_a_guess_outlives_the_kernel(capsys: pytest.CaptureFixture[str]) -> None:
    predict("02-logout", "a")
    restart()
    outcome("02-logout", "b")
    assert "You had said a" in capsys.readouterr().out


def test_a_question_mark_is_not_answered_by_an_older_guess(capsys: pytest.CaptureFixture[str]) -> None:
    predict("02-logout", "a")
    restart()
    predict("02-logout", "?")
    outcome("02-logout", "b")
    assert "You had not predicted." in capsys.readouterr().out


def test_the_guess_before_the_run_is_the_one_that_counts(capsys: pytest.CaptureFixture[str]) -> None:
    predict("02-logout", "a")
    outcome("02-logout", "b")
    predict("02-logout", "b")
    assert "What counts is the a" in capsys.readouterr().out
    assert predictions()["02-logout"] == {"said": "a", "run": "b"}


def test_before_the_run_a_guess_may_change() -> None:
    predict("02-logout", "a")
    predict("02-logout", "c")
    assert predictions() == {"02-logout": {"said": "c"}}


@pytest.mark.parametrize("letter", ["", "ab", "1", "??"])
def test_anything_else_is_explained(letter: str, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    predict("02-logout", letter)
    assert "one letter" in capsys.readouterr().out
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"02-x": 5}', '{"02-x": {"said": 1}}', "\udcff"])
def test_a_corrupt_file_is_said_and_survived(
    text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / module.FILE).write_bytes(text.encode("utf-8", "surrogateescape"))
    predict("02-logout", "a")
    assert capsys.readouterr().out.count("cannot be read") == 1
    assert predictions() == {"02-logout": {"said": "a"}}


def test_a_folder_that_cannot_be_written_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    predict("02-logout", "a")
    outcome("02-logout", "a")
    printed = capsys.readouterr().out
    assert "Not remembered beyond this run: No space left on device." in printed
    assert "As you said." in printed


def test_no_second_file_is_left_behind(folder: Path) -> None:
    predict("02-logout", "a")
    assert [path.name for path in folder.iterdir()] == [module.FILE]
