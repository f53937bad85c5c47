"""Find the exercises by name; one small module for each notebook holds their cases."""

from __future__ import annotations

from labserver.kit.exercises.case import Exercise
from labserver.kit.exercises.cases import (
    attacking_sessions,
    attacking_tokens,
    ending_access,
    http_forgets,
    measuring,
    scaling_out,
    sessions,
    side_by_side,
    tokens,
)

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for module in (
        http_forgets,
        sessions,
        tokens,
        side_by_side,
        measuring,
        ending_access,
        attacking_sessions,
        attacking_tokens,
        scaling_out,
    )
    for exercise in module.EXERCISES
}


def find(name: str) -> Exercise:
    """Return the exercise of that name; raises ValueError, with the names there are, where none has it."""
    try:
        return EXERCISES[name]
    except KeyError:
        raise ValueError(f"no exercise is called {name!r}; there are: {', '.join(EXERCISES)}") from None
