"""Show how a server did in a step: the first thing to mend in full, the others by name."""

from __future__ import annotations

from dataclasses import dataclass

from labserver.kit.attacks.result import Result
from labserver.kit.capstone.comparison import CodeComparison
from labserver.kit.capstone.step import Trial
from labserver.kit.exercises.verdict import Verdict

HONEST_FIRST = "A server that refuses honest people keeps attackers out too, but nobody can use it."
THIS_STEP = "This step promises it to honest people, and the attacks come after that."


@dataclass(frozen=True, repr=False)
class StepVerdict:
    """The verdict on one step; `passed` says whether it is done. Of a step done, the comparison is shown."""

    trial: Trial
    comparison: CodeComparison | None = None

    @property
    def passed(self) -> bool:
        """Whether the step is done."""
        return self.trial.passed

    @property
    def got_in(self) -> list[str]:
        """The names of the attacks that got in."""
        return self.trial.got_in

    @property
    def verdict(self) -> Verdict:
        """The verdict in the form of an exercise's."""
        trial = self.trial
        name, held, total = trial.step.name, trial.held, trial.total
        if trial.passed:
            return Verdict(name, held, total, "right", trial.step.done)
        got_in = [result for result in trial.results if result.got_in]
        first = broken_rows(trial) or attack_rows(got_in) or untried_rows(trial.untried)
        others = [
            *(one.sentence for one, _ in trial.broken),
            *trial.got_in,
            *(one.name for one in trial.untried),
        ]
        given, expected, got, why, case = first
        return Verdict(
            name,
            held,
            total,
            "not yet",
            given=(given,),
            expected=expected,
            got=got,
            why=why,
            case=case,
            also=tuple(other for other in others if other != case),
        )

    def __repr__(self) -> str:
        return "\n\n".join(
            filter(None, [repr(self.verdict), repr(self.comparison) if self.comparison else ""])
        )

    def _repr_html_(self) -> str:
        return self.verdict._repr_html_() + (self.comparison._repr_html_() if self.comparison else "")


Rows = tuple[tuple[str, str], str, str, str, str]
"""Given, expected, got, why, and the name of the case."""


def broken_rows(trial: Trial) -> Rows | None:
    """Explain the first promise that is not kept."""
    for one, said in trial.broken[:1]:
        why = THIS_STEP if one in trial.step.promises else HONEST_FIRST
        return ("", "honest use"), "it works", said, why, one.sentence
    return None


def attack_rows(got_in: list[Result]) -> Rows | None:
    """Explain the first attack that got in."""
    for one in got_in[:1]:
        why = f"The attack: {one.about} What it means: {one.success} ({one.standard})"
        return ("", f"the attack {one.name}"), "kept out", f"GOT IN, {one.evidence}", why, one.name
    return None


def untried_rows(untried: list[Result]) -> Rows:
    """Explain the first attack that could not be tried."""
    one = untried[0]
    given, why = ("", f"the attack {one.name}"), "What cannot be tried is not known to be kept out."
    return given, "kept out", f"not tried: {one.evidence}", why, one.name
