"""The steps of the capstone: each module of this folder registers one, by its STEP."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from labserver.kit.capstone.step import Step
from labserver.kit.exercises.steps import STEPS as ORDER

_FOUND: list[Step] = [import_module(f"{__name__}.{found.name}").STEP for found in iter_modules(__path__)]

STEPS: dict[str, Step] = {step.name: step for step in sorted(_FOUND, key=lambda one: ORDER.index(one.name))}
"""All steps by name, in the notebook's order."""


def find(name: str) -> Step:
    """Find a step. Raises ValueError if there is none of this name."""
    if name not in STEPS:
        raise ValueError(f"no step is called {name!r}; there are: {', '.join(STEPS)}")
    return STEPS[name]
