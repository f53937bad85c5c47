"""The predictions by name: each module of this folder registers its own, by a tuple PREDICTIONS."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Prediction
from labserver.kit.exercises.registry import collect

PREDICTIONS: dict[str, Prediction] = collect(__name__, __path__, "PREDICTIONS")


def find(name: str) -> Prediction:
    """Return the prediction of that name. Raises ValueError, with the names there are, where none has it."""
    try:
        return PREDICTIONS[name]
    except KeyError:
        there = ", ".join(PREDICTIONS) or "none"
        raise ValueError(f"no prediction is called {name!r}; there are: {there}") from None
