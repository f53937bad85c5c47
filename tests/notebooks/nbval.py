"""Run nbval as `run.py test` does, on any notebooks, and read what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from launcher.checks import nbval

ROOT = Path(__file__).resolve().parents[2]
_CELL = re.compile(r"^\S+::ipynb::Cell (\d+) (PASSED|FAILED)", re.MULTILINE)


def ipython_dir(folder: Path, module: str) -> Path:
    """Make what IPYTHONDIR may name: there, each kernel imports this module before its first cell."""
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    config = f'c.IPKernelApp.exec_lines = ["import {module}"]\n'
    (profile / "ipython_kernel_config.py").write_text(config, encoding="utf-8")
    return profile.parent


def _run(folder: Path, paths: list[Path], *options: str) -> str:
    """Give nbval's own account; `folder` is the one that the names in it start from."""
    done = subprocess.run(
        [
            sys.executable,
            *nbval([str(path) for path in paths]),
            "-p",
            "no:randomly",
            "--rootdir",
            str(folder),
            *options,
        ],
        cwd=ROOT,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def collected(folder: Path, *paths: Path) -> Counter[str]:
    """Count the cells that nbval would run, by the notebook's name."""
    output = _run(folder, list(paths), "--collect-only", "-q")
    return Counter(Path(line.partition("::")[0]).name for line in output.splitlines() if "::" in line)


def verdicts(folder: Path, path: Path) -> dict[int, str]:
    """Run a notebook strictly; tell of each code cell, by its number, whether it passed or failed."""
    output = _run(folder, [path], "-v", "--color=no")
    return {int(number): verdict.lower() for number, verdict in _CELL.findall(output)}
