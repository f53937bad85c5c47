"""A learner's file that has the name of a package: it is named, and our servers never load it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FIRST = "from labserver import Lab\nwith Lab.start() as lab: print(lab.client().get('/healthz').status_code)"
PLOT = (
    "from labserver.kit.display.plot import Plot\n"
    "print(Plot('One', ['x', 'y'], [[1, 2]], lambda axes: axes.plot([1, 2])).svg[:4])"
)
BODIES = ["", "raise RuntimeError('theirs')", "def (", "raise SystemExit", "import no_such_module"]
NAMES = ["an empty file", "an error", "no Python", "an end", "another error"]


def cell(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run a cell's code where Python looks in the folder first, as it does for a notebook."""
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def says_which(done: subprocess.CompletedProcess[str], file: Path, package: str) -> None:
    assert done.returncode == 1
    said = done.stderr.rstrip().splitlines()[-1]
    assert said.startswith(f"ImportError: {file} hides the package {package!r}"), done.stderr
    assert "another name" in said and "restart the kernel" in said


@pytest.mark.parametrize("body", BODIES, ids=NAMES)
def test_the_file_in_the_way_is_named(tmp_path: Path, body: str) -> None:
    (tmp_path / "requests.py").write_text(body)
    says_which(cell(tmp_path, FIRST), tmp_path / "requests.py", "requests")


@pytest.mark.parametrize("package", ["urllib3", "idna", "certifi", "secrets"])
def test_so_is_one_that_is_needed_farther_down(tmp_path: Path, package: str) -> None:
    (tmp_path / f"{package}.py").write_text("raise RuntimeError('theirs')")
    says_which(cell(tmp_path, "from labserver import Lab"), tmp_path / f"{package}.py", package)


def test_so_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / "__init__.py").write_text("")
    says_which(cell(tmp_path, FIRST), tmp_path / "requests" / "__init__.py", "requests")


def test_so_is_one_that_comes_in_at_the_first_plot(tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("")
    says_which(cell(tmp_path, PLOT), tmp_path / "matplotlib.py", "matplotlib")


def test_so_is_one_that_comes_in_with_the_first_measurement(tmp_path: Path) -> None:
    (tmp_path / "statistics.py").write_text("")
    says_which(
        cell(tmp_path, "from labserver import Lab\nLab.measure(None, {})"),
        tmp_path / "statistics.py",
        "statistics",
    )


def test_what_only_the_server_imports_may_be_there(tmp_path: Path) -> None:
    """The server and its helpers do not look in the notebook's folder, and no variable leads them there."""
    for package in ("jwt", "flask", "redis", "granian", "werkzeug", "cryptography", "argon2"):
        (tmp_path / f"{package}.py").write_text("raise RuntimeError('theirs')")
    done = cell(tmp_path, "import os; os.environ['PYTHONPATH'] = os.pathsep\n" + FIRST)
    assert (done.returncode, done.stdout) == (0, "200\n"), done.stderr


def test_a_second_copy_of_the_lab_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "labserver").mkdir()
    (tmp_path / "labserver" / "__init__.py").write_text("")
    code = f"import sys; sys.path.append({str(tmp_path)!r})\nfrom labserver.kit.shadows import named\n"
    done = cell(tmp_path.parent, code + "with named(): import no_such_module")
    assert done.stderr.rstrip().endswith("ModuleNotFoundError: No module named 'no_such_module'")


def test_another_failure_keeps_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import no_such_module")
    done = cell(tmp_path, "from labserver.kit.shadows import named\nwith named(): import mine")
    assert done.stderr.rstrip().endswith("ModuleNotFoundError: No module named 'no_such_module'")
