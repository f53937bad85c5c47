"""How long a notebook takes: one formula, from what is in it. `tools.contents` writes the figure everywhere.

    words / 100 + code cells / 2 + 1 for each prediction + 6 for each exercise or step, rounded to 5

A hundred words a minute is slow reading: technical text, perhaps in a second language. Half a minute goes to
running a cell and looking at what it shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from tools.rules import Notebook
from tools.rules.prose import words_in

WORDS_A_MINUTE = 100
A_CELL, A_PREDICTION, AN_EXERCISE = 0.5, 1, 6
ROUNDED_TO = 5


@dataclass(frozen=True, slots=True)
class Minutes:
    """The time that the parts of a notebook take, in whole minutes; `total` is what the notebook says."""

    words: int
    cells: int
    predictions: int
    exercises: tuple[str, ...]

    @property
    def reading(self) -> int:
        """Minutes for the text."""
        return round(self.words / WORDS_A_MINUTE)

    @property
    def running(self) -> int:
        """Minutes for the code cells."""
        return round(self.cells * A_CELL)

    @property
    def total(self) -> int:
        """Minutes in all, rounded."""
        parts = self.reading + self.running + self.predictions * A_PREDICTION
        return ROUNDED_TO * round((parts + len(self.exercises) * AN_EXERCISE) / ROUNDED_TO)

    def rows(self) -> list[tuple[str, int]]:
        """Return each part with its minutes; the last row is the total."""
        rows = [
            (f"{self.words} words", self.reading),
            (f"{self.cells} code cells", self.running),
            (f"{self.predictions} predictions", self.predictions * A_PREDICTION),
            *((f"exercise `{name}`", AN_EXERCISE) for name in self.exercises),
        ]
        return [*(row for row in rows if row[1]), (f"**in all**, rounded to {ROUNDED_TO}", self.total)]


def minutes(notebook: Notebook) -> Minutes:
    """Count what is in a notebook."""
    exercises = [args[0] for call in ("check", "step") for _, args in notebook.calls(call) if args]
    return Minutes(
        words_in(notebook),
        len(notebook.code),
        len(notebook.calls("predict")),
        tuple(map(str, dict.fromkeys(exercises))),
    )
