"""Load notebooks/solutions/NN-name.py; a file name with a hyphen cannot be imported by a plain `import`."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

Answer = Callable[..., Any]


def load() -> tuple[dict[str, Answer], dict[str, list[tuple[Answer, str]]]]:
    """Return every `solution` and every `wrong` table, by the exercise's name."""
    solutions: dict[str, Answer] = {}
    wrong: dict[str, list[tuple[Answer, str]]] = {}
    for path in sorted((NOTEBOOKS / "solutions").glob("*.py")):
        module = runpy.run_path(str(path))
        solutions |= module["solution"]
        wrong |= module["wrong"]
    return solutions, wrong
