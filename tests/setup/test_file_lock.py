"""Two runs at once take turns, and a dead one does not hold up the living."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from labserver.runtime.file_lock import try_lock
from launcher.file_lock import file_lock

ROOT = Path(__file__).resolve().parents[2]

HOLDER = """
import sys
from pathlib import Path
from launcher.file_lock import file_lock
with file_lock(Path(sys.argv[1])):
    print("mine", flush=True)
    sys.stdin.read()
"""

PARENT = """
import subprocess, sys
from pathlib import Path
from launcher.file_lock import file_lock
with file_lock(Path(sys.argv[1])) as handle:
    sleeper = "import sys; print('mine', flush=True); sys.stdin.read()"
    subprocess.Popen([sys.executable, "-c", sleeper], pass_fds=(handle,))
    import os
    os._exit(0)
"""


def is_free(path: Path) -> bool:
    with path.open("a+b") as file:
        return try_lock(file.fileno())


def holder(code: str, path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "mine\n"
    return child


def test_a_turn_is_taken_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with file_lock(path):
        assert not is_free(path)
    assert is_free(path)


def test_a_killed_holder_frees_the_turn(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(HOLDER, path) as child:
        assert not is_free(path)
        child.kill()
        child.wait()
        assert is_free(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not hand a lock down")
def test_an_installer_that_outlives_its_run_keeps_the_turn(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(PARENT, path) as child:
        child.wait()
        assert not is_free(path)  # the parent is gone, its child still writes
        assert child.stdin is not None and child.stdout is not None
        child.stdin.close()
        assert child.stdout.read() == ""  # ends when the grandchild does
        with file_lock(path):
            pass
