"""`run.py test` runs everything, goes on after a failure, and never calls nothing a success."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from launcher import checks
from launcher.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_failure_does_not_hide_the_later_stages(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Environment, "python", Path(sys.executable))
    lines = [
        checks.Stage("first", ["-c", "print('one')"]),
        checks.Stage("second", ["-c", "raise SystemExit(3)"]),
        checks.Stage("third", ["-c", "print('three')"]),
    ]
    monkeypatch.setattr(checks, "stages", lambda root, fast: lines)
    assert checks.test(ROOT, []) == 1
    out = capfd.readouterr().out
    assert re.search(r"first +[\d.]+ s  passed", out)
    assert re.search(r"second +[\d.]+ s  FAILED \(exit code 3\)", out)
    assert re.search(r"third +[\d.]+ s  passed", out)
    assert out.strip().endswith("1 of 3 stages failed.")
    del lines[1]
    assert checks.test(ROOT, []) == 0
    assert capfd.readouterr().out.strip().endswith("Everything passed.")


def test_the_stages() -> None:
    names = [stage.name for stage in checks.stages(ROOT, fast=False)]
    assert names == ["ruff check", "ruff format", "imports", "mypy", "pytest", "notebooks"]
    assert [stage.name for stage in checks.stages(ROOT, fast=True)] == names[:-1]


def test_two_processes_share_the_tests_file_by_file() -> None:
    """A file whole, for the sake of its fixtures; in their own order, for the long ones come first."""
    arguments = next(stage.arguments for stage in checks.stages(ROOT, fast=True) if stage.name == "pytest")
    assert arguments[-5:] == ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    assert "-n" not in checks.chosen(["tests/unit"]).arguments


def test_notebooks_run_strictly(tmp_path: Path) -> None:
    (tmp_path / "notebooks" / "solutions").mkdir(parents=True)
    for name in ("01-b.ipynb", "00-a.ipynb", "solutions/00-a.ipynb"):
        (tmp_path / "notebooks" / name).touch()
    arguments = checks.stages(tmp_path, fast=False)[-1].arguments
    paths = [str(Path("notebooks") / name) for name in ("01-b.ipynb", "00-a.ipynb")]  # the longest first
    assert arguments[-7:] == ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *paths]
    assert "--nbval" in arguments  # strict: every cell that has an output, not only the marked ones
    assert "--nbval-lax" not in arguments
    assert "--nbval-cell-timeout=60" in arguments
    assert arguments[arguments.index("--nbval-sanitize-with") + 1] == "tests/notebooks/sanitize.cfg"


def test_no_notebook_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage = checks.stages(tmp_path, fast=False)[-1]
    assert checks.run(Environment(tmp_path), stage, tmp_path, {}) == 1
    assert "no notebook" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["-k", "cookie"], "pytest"),
        (["tests/unit"], "pytest"),
        (["notebooks/02-sessions.ipynb"], "notebooks"),
    ],
)
def test_named_tests_run_alone(arguments: list[str], name: str) -> None:
    stage = checks.chosen(arguments)
    assert stage.name == name
    assert stage.arguments[-len(arguments) :] == arguments
    assert ("--nbval" in stage.arguments) is (name == "notebooks")


def test_ci_types_what_the_readme_says() -> None:
    assert "python3 run.py test" in README
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("exec python3 run.py test")


WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


@pytest.mark.parametrize("system", ["ubuntu-latest", "macos-latest", "windows-latest"])
def test_ci_covers_the_system(system: str) -> None:
    assert system in WORKFLOW.read_text(encoding="utf-8")


def test_ci_covers_the_oldest_python() -> None:
    workflow = WORKFLOW.read_text(encoding="utf-8")
    oldest = re.search(
        r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )
    assert oldest and f'"{oldest[1]}"' in workflow
    assert "run: python run.py test" in workflow
    assert "contents: read" in workflow
    assert [
        line for line in re.findall(r"uses: (.+)", workflow) if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+", line)
    ] == []
