"""The exercises by name: each module of this folder registers its own, by a tuple EXERCISES."""

from __future__ import annotations

from labserver.kit.exercises.case import Exercise
from labserver.kit.exercises.registry import collect

EXERCISES: dict[str, Exercise] = collect(__name__, __path__, "EXERCISES")


def find(name: str) -> Exercise:
    """Return the exercise of that name. Raises ValueError, with the names there are, where none has it."""
    try:
        return EXERCISES[name]
    except KeyError:
        raise ValueError(f"no exercise is called {name!r}; there are: {', '.join(EXERCISES)}") from None
