"""What a claim is: a sentence that people say, where it is said, and an experiment that tries it.

An experiment yields cases: situations in which the claim was tried, and whether it held there. The verdict
follows from the cases alone: true if it held in all of them, false if in none, otherwise it depends.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from labserver.kit.exercises.claims.stage import Stage

Verdict = Literal["true", "false", "depends"]


@dataclass(frozen=True)
class ClaimCase:
    """One situation: where the claim was tried, whether it held there, and what was seen.

    A number that differs from run to run has the sign `≈` before it.
    """

    where: str
    held: bool
    seen: str


def verdict_of(cases: Sequence[ClaimCase]) -> Verdict:
    """Return what the cases say together. Raises ValueError if there are none."""
    if not cases:
        raise ValueError("an experiment without a case says nothing")
    held = {case.held for case in cases}
    return "depends" if len(held) == 2 else "true" if held == {True} else "false"


Experiment = Callable[["Stage"], Iterator[ClaimCase]]


class ResultFields(TypedDict):
    """A result as `labserver claims --json` prints it."""

    name: str
    family: str
    claim: str
    said: str
    verdict: Verdict
    expected: Verdict
    as_expected: bool
    depends_on: str
    cases: list[dict[str, str | bool]]
    notebook: str
    cell: str
    stored: str


@dataclass(frozen=True)
class Claim:
    """A claim. `said` is an address where it is made or discussed.

    `notebook` and `cell`, one of its headings, explain it. `depends_on` completes "depends on …", for a claim
    that is expected to. With `browser` the experiment needs Chromium.
    """

    experiment: Experiment
    text: str
    expected: Verdict
    said: str
    notebook: str
    cell: str
    depends_on: str = ""
    browser: bool = False

    @property
    def name(self) -> str:
        """The function's name, with hyphens."""
        return self.experiment.__name__.replace("_", "-")

    @property
    def family(self) -> str:
        """The name of the module that registers it."""
        return self.experiment.__module__.rpartition(".")[2]

    @property
    def plain(self) -> str:
        """The sentence without marks of code."""
        return self.text.replace("`", "")

    @property
    def verdict_expected(self) -> str:
        """The expected verdict, with what it depends on."""
        return f"depends on {self.depends_on}" if self.depends_on else self.expected

    @property
    def about(self) -> str:
        """What the experiment does: the first paragraph of its docstring."""
        return (inspect.getdoc(self.experiment) or "").split("\n\n")[0].replace("\n", " ")

    def __call__(self, stage: Stage) -> ClaimResult:
        """Run the experiment. Raises NoBrowser where it needs one and there is none."""
        return ClaimResult(self, tuple(self.experiment(stage)))


@dataclass(frozen=True)
class ClaimResult:
    """How a claim came out. `stored` is the day of a stored result, of a machine with a browser; empty if it
    ran here.
    """

    claim: Claim
    cases: tuple[ClaimCase, ...]
    stored: str = ""

    @property
    def verdict(self) -> Verdict:
        """What the cases say together."""
        return verdict_of(self.cases)

    @property
    def as_expected(self) -> bool:
        """Whether this is the verdict that the registry expects."""
        return self.verdict == self.claim.expected

    @property
    def words(self) -> str:
        """The verdict, with what it depends on."""
        if self.verdict == "depends" and self.claim.depends_on:
            return f"depends on {self.claim.depends_on}"
        return self.verdict

    @property
    def evidence(self) -> str:
        """What was seen, case by case."""
        return "; ".join(f"{case.where}: {case.seen}" for case in self.cases)

    def fields(self) -> ResultFields:
        """Return the result as plain data."""
        return {
            "name": self.claim.name,
            "family": self.claim.family,
            "claim": self.claim.text,
            "said": self.claim.said,
            "verdict": self.verdict,
            "expected": self.claim.expected,
            "as_expected": self.as_expected,
            "depends_on": self.claim.depends_on,
            "cases": [{"where": case.where, "held": case.held, "seen": case.seen} for case in self.cases],
            "notebook": self.claim.notebook,
            "cell": self.claim.cell,
            "stored": self.stored,
        }


def claim(
    text: str,
    expected: Verdict,
    *,
    said: str,
    notebook: str,
    cell: str,
    depends_on: str = "",
    browser: bool = False,
) -> Callable[[Experiment], Claim]:
    """Make a claim of an experiment; for the arguments see Claim."""

    def register(experiment: Experiment) -> Claim:
        return Claim(experiment, text, expected, said, notebook, cell, depends_on, browser)

    return register
