"""The notebooks as they are in git: complete, and compared in full by nbval."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from labserver.kit.exercises.cases import EXERCISES
from labserver.kit.exercises.prediction import Prediction
from labserver.kit.exercises.predictions import PREDICTIONS
from tests.notebooks.nbval import ROOT, collected
from tests.notebooks.sanitize import RULES as SANITIZE_RULES
from tools.rules import Notebook, lint
from tools.rules.predictions import unbalanced

PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXPECTED = [
    "00-start-here",
    "01-http-forgets",
    "02-sessions",
    "03-tokens",
    "04-side-by-side",
    "05-measuring",
    "06-ending-access",
    "07-attacking-sessions",
    "08-attacking-tokens",
    "09-in-the-browser",
    "10-scaling-out",
    "11-choosing",
    "12-your-own-server",
]

each = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def test_the_notebooks_are_all_here() -> None:
    assert [path.stem for path in PATHS] == EXPECTED


@each
def test_a_notebook_keeps_the_house_rules(path: Path) -> None:
    assert [str(finding) for finding in lint(Notebook.read(path))] == []


@each
def test_every_stub_has_the_parameters_of_its_exercise(path: Path) -> None:
    notebook = Notebook.read(path)
    nodes = [node for cell in notebook.code for node in ast.walk(cell.tree())]
    stubs = {node.name: ast.unparse(node.args) for node in nodes if isinstance(node, ast.FunctionDef)}
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and part.name == "__init__":
                    stubs[node.name] = ast.unparse(part.args).removeprefix("self, ")
    for number, (name, function) in notebook.calls("check"):
        exercise = EXERCISES[name]
        assert function == exercise.function, f"cell {number}"
        assert stubs.get(function) == ", ".join(exercise.parameters), f"cell {number}"


@each
def test_every_exercise_of_a_notebook_has_a_file_of_solutions(path: Path) -> None:
    if Notebook.read(path).calls("check"):
        assert (ROOT / "notebooks" / "solutions" / f"{path.stem}.py").is_file()


def test_every_exercise_is_set_in_its_notebook() -> None:
    asked = {args[0] for path in PATHS for _, args in Notebook.read(path).calls("check")}
    assert set(EXERCISES) == asked


def test_the_right_letters_of_the_lab_are_balanced() -> None:
    right = [one.letter(one.right) for one in asked_in_order()]
    assert unbalanced(right) == []


def asked_in_order() -> list[Prediction]:
    """Return the lab's predictions in the order in which a learner meets them."""
    names = [str(args[0]) for path in PATHS for _, args in Notebook.read(path).calls("predict")]
    return [PREDICTIONS[name] for name in names if name in PREDICTIONS]


def test_every_prediction_is_of_a_notebook() -> None:
    assert {one.notebook for one in PREDICTIONS.values()} <= {path.name[:2] for path in PATHS}


def test_every_sanitize_rule_is_needed() -> None:
    """A rule that no output needs would one day swallow what it was not made for."""
    cells = [cell for path in PATHS for cell in Notebook.read(path).code]
    texts = [text for cell in cells for output in cell.outputs for text in output.texts.values()]
    unused = [regex for regex, _ in SANITIZE_RULES if not any(re.search(regex, text) for text in texts)]
    assert unused == []


def test_nbval_runs_every_code_cell() -> None:
    counted = collected(ROOT, *PATHS)
    assert counted == Counter({path.name: len(Notebook.read(path).code) for path in PATHS})
