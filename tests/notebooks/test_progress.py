"""Progress is kept in one file, whole, also with several notebooks; and never outside a notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from labserver.cli import main
from labserver.kit.exercises import progress, summary
from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.cases import EXERCISES
from labserver.kit.exercises.check import check
from labserver.kit.exercises.prediction import Option, Prediction
from labserver.kit.lab import Lab

EARLIER = '{"02-a": {"said": "a", "run": "b"}, "02-b": {"said": "c"}}'
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for a notebook whose folder is an empty one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "notebook_shell", SimpleNamespace)
    return tmp_path / progress.FILE


def test_what_is_recorded_is_read_again(file: Path) -> None:
    assert progress.read() == {"prediction": {}, "exercise": {}, "step": {}}
    progress.record("prediction", "02-row", said="hash")
    progress.record("prediction", "02-row", run="hash")
    progress.record("exercise", "02-is-live", right=True)
    assert progress.read() == {
        "prediction": {"02-row": {"said": "hash", "run": "hash"}},
        "exercise": {"02-is-live": {"right": True}},
        "step": {},
    }
    assert {path.name for path in file.parent.iterdir()} == {progress.FILE, f"{progress.FILE}.lock"}


def test_another_kind_is_refused(file: Path) -> None:
    with pytest.raises(ValueError, match="'marks' is none of prediction, exercise, step"):
        progress.record("marks", "02")


def test_outside_a_notebook_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    progress.record("exercise", "02-is-live", right=True)
    assert list(tmp_path.iterdir()) == []
    assert progress.read() == {"prediction": {}, "exercise": {}, "step": {}}


def test_an_exercise_counts_once_it_is_right(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Exercise("99-double", "double(x)", "Return twice x.", (Case((2,), 4, "Twice 2 is 4."),))
    monkeypatch.setitem(EXERCISES, toy.name, toy)
    check(toy.name, lambda x: ...)
    check(toy.name, lambda x: x)
    assert not file.exists()
    check(toy.name, lambda x: 2 * x)
    assert progress.read()["exercise"] == {toy.name: {"right": True}}


def test_what_an_older_version_kept_is_carried_over(file: Path) -> None:
    file.with_name(progress.EARLIER).write_text(EARLIER, encoding="utf-8")
    assert progress.read()["prediction"] == {"02-a": {"said": "a", "run": "b"}}
    progress.record("step", "12-hash")
    assert not file.with_name(progress.EARLIER).exists()
    assert progress.read()["prediction"] == {"02-a": {"said": "a", "run": "b"}}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"prediction": 5}', '{"step": {"x": {"y": 1.5}}}', "\udcff", "[" * 100_000]
)
def test_a_corrupt_file_is_said_and_survived(text: str, file: Path, capsys: Printed) -> None:
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    progress.record("step", "12-hash", right=True)
    assert capsys.readouterr().out.count("cannot be read") == 1
    assert progress.read()["step"] == {"12-hash": {"right": True}}
    put_aside = file.with_name(f"{file.name}.damaged").read_bytes()
    assert put_aside == text.encode("utf-8", "surrogateescape"), (
        "what it says may still be of use to somebody"
    )


def test_a_folder_that_cannot_be_written_is_said(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    progress.record("step", "12-hash")
    assert capsys.readouterr().out == "Not remembered beyond this run: No space left on device.\n"


def test_a_reset_forgets_everything(file: Path) -> None:
    assert not progress.reset(file)
    assert not progress.reset(file.parent / "none" / progress.FILE)
    file.with_name(progress.EARLIER).write_text(EARLIER, encoding="utf-8")
    progress.record("step", "12-hash")
    assert progress.reset(file)
    assert progress.read()["step"] == {}


WRITER = """
import sys
from pathlib import Path
from labserver.kit.exercises import progress
for number in range(40):
    progress.add(Path(sys.argv[1]), "step", f"{sys.argv[2]}-{number}", {"right": True})
"""


def test_two_notebooks_may_write_at_once(file: Path) -> None:
    start = [sys.executable, "-c", WRITER, str(file)]
    both = [subprocess.Popen([*start, name], stderr=subprocess.PIPE) for name in ("one", "two")]
    for process in both:
        assert process.communicate(timeout=60)[1] == b""
    assert len(progress.read()["step"]) == 80


def test_a_writer_that_never_ends_does_not_hold_up_the_others(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    monkeypatch.setattr(progress, "try_lock", lambda _: False)
    progress.record("step", "12-hash")
    assert capsys.readouterr().out.startswith("Not remembered beyond this run: another notebook is writing")


def test_the_summary_counts_what_there_is_and_names_what_is_next(monkeypatch: pytest.MonkeyPatch) -> None:
    options = Option("yes", "Yes."), Option("no", "No.", misconception="So.", answer="Not so.")
    questions = [Prediction(f"0{n}-toy", "Why?", *options, right="yes") for n in (1, 2)]
    exercise = Exercise("02-double", "double(x)", "Return twice x.", ())
    monkeypatch.setattr(summary, "PREDICTIONS", {one.name: one for one in questions})
    monkeypatch.setattr(summary, "EXERCISES", {exercise.name: exercise})
    monkeypatch.setattr(summary, "STEPS", ("12-hash", "12-limits"))
    kept: progress.Kept = {"prediction": {}, "exercise": {}, "step": {}}

    def row(number: int) -> list[str]:
        return [cell.replace(" of ", "/") for cell in summary.table(kept).text_rows()[number]]

    assert summary.upcoming(summary.summarize(kept)) == "01-toy"
    assert summary.table(kept).title == "Your progress. Next: the prediction 01-toy"
    kept["prediction"]["02-toy"] = {"said": "no"}
    assert row(1) == ["02", "1/1", "0/1", "0/1", "–"]
    assert summary.table(kept).title == "Your progress. Next: the exercise 02-double"
    kept["prediction"]["02-toy"] |= {"run": "yes"}
    kept["prediction"]["99-gone"] = {"said": "yes", "run": "yes"}
    assert (row(0), row(1)) == (["01", "0/1", "0/1", "–", "–"], ["02", "1/1", "0/1", "0/1", "–"])
    assert summary.upcoming(summary.summarize(kept)) == "02-double"
    kept["exercise"]["02-double"] = {"right": True}
    kept["prediction"]["02-toy"] = {"said": "yes", "run": "yes"}
    kept["step"]["12-hash"] = {"right": True}
    assert (row(1), row(2)) == (["02", "1/1", "1/1", "1/1", "–"], ["12", "–", "–", "–", "1/2"])
    assert summary.table(kept).title == "Your progress. Next: the step 12-limits"
    kept["step"]["12-limits"] = {"right": True}
    assert summary.upcoming(summary.summarize(kept)) == "01-toy", "what was left out comes last"
    kept["prediction"]["01-toy"] = {"said": "no", "run": "yes"}
    assert summary.table(kept).title == "Your progress. Everything is done."


def test_the_command_prints_it_and_forgets_it(file: Path, capsys: Printed) -> None:
    progress.record("exercise", "02-is-live", right=True)
    assert main(["progress", str(file.parent)]) == 0
    assert "Your progress. Next: " in capsys.readouterr().out
    assert main(["progress", str(file.parent), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (second,) = (one for one in report["notebooks"] if one["notebook"] == "02")
    assert second["exercises_right"] == 1 and "02-is-live" not in second["open"]
    assert (
        main(["progress", str(file.parent), "--reset"])
        == main(["progress", str(file.parent), "--reset"])
        == 0
    )
    assert capsys.readouterr().out == "Forgotten.\nThere was nothing to forget.\n"


@pytest.mark.parametrize("flags", [[], ["--json"], ["--reset"]])
@pytest.mark.parametrize("name", ["missing", "a file", "x" * 300])
def test_a_folder_that_is_not_there_is_said(
    name: str, flags: list[str], tmp_path: Path, capsys: Printed
) -> None:
    (tmp_path / "a file").touch()
    assert main(["progress", str(tmp_path / name), *flags]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"labserver: There is no folder {tmp_path / name}.\n")


def test_the_lab_shows_the_same(file: Path) -> None:
    progress.record("exercise", "02-is-live", right=True)
    assert str(Lab.progress()) == str(summary.table(progress.read()))
