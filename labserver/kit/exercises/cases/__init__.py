"""The exercises by name: each module of this folder registers its own, by a tuple EXERCISES."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from labserver.kit.exercises.case import Exercise


def _registered() -> dict[str, Exercise]:
    """Collect the exercises of all modules here, in the order of the notebooks."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    exercises: list[Exercise] = [exercise for module in modules for exercise in module.EXERCISES]
    by_notebook = sorted(exercises, key=lambda exercise: exercise.notebook)
    names = {exercise.name: exercise for exercise in by_notebook}
    if len(names) != len(exercises):
        raise ValueError("two exercises have the same name")
    return names


EXERCISES = _registered()


def find(name: str) -> Exercise:
    """Return the exercise of that name. Raises ValueError, with the names there are, where none has it."""
    try:
        return EXERCISES[name]
    except KeyError:
        raise ValueError(f"no exercise is called {name!r}; there are: {', '.join(EXERCISES)}") from None
