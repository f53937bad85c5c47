"""How far a learner has come, notebook by notebook, and what is next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from labserver.kit.display.table import Table
from labserver.kit.exercises.cases import EXERCISES
from labserver.kit.exercises.predictions import PREDICTIONS
from labserver.kit.exercises.progress import Kept
from labserver.kit.exercises.steps import STEPS

HEAD = ("notebook", "predicted", "as the run showed", "exercises right", "steps done")


@dataclass(slots=True)
class NotebookProgress:
    """One notebook: how much there is in it, and how much of that is done. `open` names what is not."""

    notebook: str
    predictions: int = 0
    predicted: int = 0
    predicted_right: int = 0
    exercises: int = 0
    exercises_right: int = 0
    steps: int = 0
    steps_done: int = 0
    open: list[str] = field(default_factory=list)


def summarize(kept: Kept) -> list[NotebookProgress]:
    """Compare what is kept with what there is, in the order of the notebooks.

    What is kept of a prediction or an exercise that the lab no longer has is not counted.
    """
    found: dict[str, NotebookProgress] = {}

    def of(name: str) -> NotebookProgress:
        return found.setdefault(name[:2], NotebookProgress(name[:2]))

    for name, prediction in PREDICTIONS.items():
        facts, one = kept["prediction"].get(name, {}), of(name)
        one.predictions += 1
        one.predicted += "said" in facts
        one.predicted_right += facts.get("said", "") == facts.get("run", prediction.right)
        one.open += [] if "said" in facts else [name]
    for name in EXERCISES:
        done, one = bool(kept["exercise"].get(name, {}).get("right")), of(name)
        one.exercises += 1
        one.exercises_right += done
        one.open += [] if done else [name]
    for name in STEPS:
        done, one = bool(kept["step"].get(name, {}).get("right")), of(name)
        one.steps += 1
        one.steps_done += done
        one.open += [] if done else [name]
    return [found[number] for number in sorted(found)]


def upcoming(notebooks: Iterable[NotebookProgress]) -> str:
    """Say what is next: after the last notebook with something done, the first thing that is open."""
    every = list(notebooks)
    begun = [one.predicted + one.exercises_right + one.steps_done > 0 for one in every]
    last = len(begun) - 1 - begun[::-1].index(True) if any(begun) else 0
    for one in [*every[last:], *every[:last]]:
        if one.open:
            return one.open[0]
    return ""


def table(kept: Kept) -> Table:
    """Show it as a table, with what is next in its title."""
    notebooks = summarize(kept)
    following = upcoming(notebooks)
    title = f"Your progress. Next: {_named(following)}" if following else "Your progress. Everything is done."
    rows = [
        [
            one.notebook,
            _of(one.predicted, one.predictions),
            _of(one.predicted_right, one.predictions),
            _of(one.exercises_right, one.exercises),
            _of(one.steps_done, one.steps),
        ]
        for one in notebooks
    ]
    return Table(title, HEAD, rows)


def _named(name: str) -> str:
    """Say what it is, so that somebody who looks for it knows: `the exercise 01-make-login`."""
    kind = "prediction" if name in PREDICTIONS else "step" if name in STEPS else "exercise"
    return f"the {kind} {name}"


def _of(done: int, there: int) -> str | None:
    return f"{done} of {there}" if there else None
