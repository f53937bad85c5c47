"""Every check passes the right answer, and fails each well-known mistake with that mistake's own message."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from labserver.kit.exercises import cases
from labserver.kit.exercises.cases import EXERCISES
from labserver.kit.exercises.check import check
from labserver.kit.exercises.verdict import Verdict
from tests.notebooks.solutions import Answer, load

SOLUTIONS, WRONG = load()
MISTAKES = [
    pytest.param(name, mistake, message, id=f"{name}: {getattr(mistake, '__name__', type(mistake).__name__)}")
    for name, mistakes in WRONG.items()
    for mistake, message in mistakes
]


@cache
def checked(name: str, mistake: Answer) -> Verdict:
    """Check a known mistake, once for all tests that ask for its verdict."""
    return check(name, mistake)


def test_every_exercise_has_a_solution_and_mistakes() -> None:
    assert set(SOLUTIONS) == set(WRONG) == set(EXERCISES)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_passes(name: str) -> None:
    verdict = check(name, SOLUTIONS[name])
    assert verdict.passed, verdict
    assert f"{len(EXERCISES[name].cases)} of {len(EXERCISES[name].cases)}" in repr(verdict)


@pytest.mark.parametrize(("name", "mistake", "message"), MISTAKES)
def test_a_known_mistake_gets_its_own_message(name: str, mistake: Answer, message: str) -> None:
    verdict = checked(name, mistake)
    assert not verdict.passed
    assert message in repr(verdict)


@pytest.mark.parametrize("nothing", [None, ..., NotImplemented])
@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_gets_a_kind_message(name: str, nothing: Any) -> None:
    def stub(*args: Any) -> Any:
        return nothing

    verdict = check(name, stub)
    assert verdict.state == "not written yet"
    assert "hints" in repr(verdict)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_case_catches_somebody(name: str) -> None:
    """A case that no known mistake meets first is not known to catch anything."""
    caught = {checked(name, mistake).why for mistake, _ in WRONG[name]}
    plainest = EXERCISES[name].cases[0].why
    assert {case.why for case in EXERCISES[name].cases} - caught <= {plainest}


@pytest.mark.parametrize("name", EXERCISES)
def test_the_name_says_notebook_and_function(name: str) -> None:
    exercise = EXERCISES[name]
    assert name[2:] == f"-{exercise.function.replace('_', '-')}"
    assert all(len(case.args) == len(exercise.parameters) for case in exercise.cases)


def test_every_module_of_cases_registers_its_exercises() -> None:
    """The modules are found, not listed; the exercises follow the order of the notebooks."""
    modules = {file.stem for file in Path(cases.__file__).parent.glob("[!_]*.py")}
    found = {module for module in modules if import_module(f"{cases.__name__}.{module}").EXERCISES}
    assert found == modules
    assert [name[:2] for name in EXERCISES] == sorted(name[:2] for name in EXERCISES)
    with pytest.raises(ValueError, match=r"no exercise is called 'x'; there are: 01-.*, 10-"):
        cases.find("x")
