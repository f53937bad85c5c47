"""`labserver lab`: open the notebooks, as `python3 run.py` does."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from labserver.runtime.command import CommandFailed

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers

ROOT = Path(__file__).resolve().parents[2]


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser("lab", help="open the notebooks in JupyterLab")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="options of run.py")
    return parser


def run(options: argparse.Namespace) -> int:
    """Call run.py. Raises CommandFailed if this is not a clone of the project."""
    if not (ROOT / "run.py").exists() or not (ROOT / "notebooks").exists():
        raise CommandFailed(
            "There are no notebooks here: clone the project, and type `python3 run.py` there."
        )
    try:
        return subprocess.call([sys.executable, str(ROOT / "run.py"), "lab", *options.rest])  # noqa: S603
    except KeyboardInterrupt:
        return 0
