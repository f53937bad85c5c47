"""The capstone: a server file of the learner's own, hardened step by step until no attack gets in.

    from labserver import capstone
    mine = capstone.begin("my_server.py")      # a copy of tiny.py
    capstone.step("12-rest", mine)             # honest use, and the attacks of one step
    capstone.examine(mine)                     # everything

To add a step, add its module to `steps/`.
"""

from __future__ import annotations

from pathlib import Path

from labserver.kit.capstone.comparison import TINY, compare
from labserver.kit.capstone.examination import Examination, try_file
from labserver.kit.capstone.examination import examine as _examine
from labserver.kit.capstone.start import begin
from labserver.kit.capstone.steps import STEPS, find
from labserver.kit.capstone.verdict import StepVerdict
from labserver.kit.exercises import progress
from labserver.kit.stopped import Stopped

__all__ = ["STEPS", "TINY", "Examination", "StepVerdict", "begin", "examine", "step"]


def step(name: str, file: str | Path) -> StepVerdict:
    """Start a server file, put it to one step, and stop it. A step that is done shows your code beside ours.

    Raises ValueError if no step has this name, StartFailed with the line of the file that is wrong.
    """
    one, file = find(name), Path(file)
    trial = try_file(one, file)
    if not trial.passed:
        return StepVerdict(trial)
    progress.record("step", name, right=True)
    return StepVerdict(trial, compare(one, file))


def examine(file: str | Path) -> Examination:
    """Put a server file to everything: contract, battery, all steps. For what it raises see `step`.

    An interrupt ends it and counts the steps that are done: `so_far()` then returns the examination.
    """
    try:
        found = _examine(Path(file))
    except Stopped as stopped:
        if stopped.result is not None:
            _remember(stopped.result)
        raise
    _remember(found)
    return found


def _remember(found: Examination) -> None:
    for trial in found.trials:
        if trial.passed:
            progress.record("step", trial.step.name, right=True)
