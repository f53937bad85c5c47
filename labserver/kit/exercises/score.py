"""The learner's predictions, scored: how many were as the run showed, and which misconceptions moved.

score.scored()     # a table, from the file of this folder
"""

from __future__ import annotations

from labserver.kit.display.table import Table
from labserver.kit.exercises import progress
from labserver.kit.exercises.predictions import PREDICTIONS
from labserver.kit.exercises.progress import Kept

HEAD = ("prediction", "you said", "the run showed", "what lay behind it")


def scored(kept: Kept | None = None) -> Table:
    """Return one row for each prediction that the run did not confirm; its title counts all of them.

    `kept` is what is known of a learner; without it, what is kept in this folder.
    """
    known = (progress.read() if kept is None else kept)["prediction"]
    done = [
        (PREDICTIONS[name], str(facts["said"]), str(facts["run"]))
        for name, facts in known.items()
        if name in PREDICTIONS and facts.keys() >= {"said", "run"}
    ]
    done = [(one, said, run) for one, said, run in done if {said, run} <= {*one.words}]
    moved = [
        [one.name, said, run, one.lettered[one.letter(said)].misconception or one.question]
        for one, said, run in sorted(done, key=lambda each: each[0].name)
        if said != run
    ]
    right = len(done) - len(moved)
    title = f"{right} of {len(done)} predictions were as the run showed" if done else NOTHING
    return Table(title, HEAD, moved)


NOTHING = "No prediction was made here yet: go back to any notebook, predict, and run this cell again"
