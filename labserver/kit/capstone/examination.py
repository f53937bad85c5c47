"""Put a whole server to it: the contract, the battery, and every step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from markupsafe import Markup

from labserver.kit.attacks import ATTACKS
from labserver.kit.attacks.report import Report
from labserver.kit.attacks.target import TargetUnfit
from labserver.kit.capstone.contract import CONTRACT
from labserver.kit.capstone.promise import Promise
from labserver.kit.capstone.step import STAYS_FIT, Said, Step, Trial, promises_broken, run_trial
from labserver.kit.capstone.steps import STEPS
from labserver.kit.capstone.target import OwnTarget
from labserver.kit.capstone.verdict import StepVerdict
from labserver.kit.display.formatting import text_table
from labserver.kit.display.html import render
from labserver.kit.display.progress import Live
from labserver.kit.failures import ServerGone, sentence
from labserver.kit.processes.own_server import OwnServer
from labserver.kit.stopped import keep


class PromiseShape(TypedDict):
    """A promise of the contract."""

    promise: str
    kept: bool
    said: str


class AttackShape(TypedDict):
    """How one attack went."""

    name: str
    outcome: str
    evidence: str


class StepShape(TypedDict):
    """How one step went."""

    name: str
    title: str
    done: bool
    held: int
    total: int
    got_in: list[str]
    broken: list[str]


class ExaminationShape(TypedDict):
    """What `labserver check --json` prints."""

    server: str
    passed: bool
    got_in: list[str]
    contract: list[PromiseShape]
    attacks: list[AttackShape]
    steps: list[StepShape]


@dataclass(frozen=True, repr=False)
class Examination:
    """What a server's examination found; there are fewer `trials` than steps if it was interrupted."""

    server: str
    broken: tuple[tuple[Promise, str], ...]
    report: Report
    trials: tuple[Trial, ...]

    @property
    def got_in(self) -> list[str]:
        """Every attack that got in, of the battery and of the steps, once each."""
        names = [*self.report.got_in, *(name for trial in self.trials for name in trial.got_in)]
        return list(dict.fromkeys(names))

    @property
    def passed(self) -> bool:
        """Whether honest traffic works, nothing gets in, and every step is done."""
        done = [trial for trial in self.trials if trial.passed]
        return not self.broken and not self.got_in and len(done) == len(STEPS)

    @property
    def summary(self) -> str:
        """The examination in a sentence."""
        done = sum(trial.passed for trial in self.trials)
        kept = len(CONTRACT) - len([one for one, _ in self.broken if one in CONTRACT])
        return (
            f"{self.server}: {len(self.got_in)} attacks got in; honest use: {kept} of {len(CONTRACT)}; "
            f"steps done: {done} of {len(STEPS)}."
        )

    def step_rows(self) -> list[list[str]]:
        """Return the steps as rows: name, title, how far, and the first thing to mend."""
        return [
            [
                trial.step.name,
                trial.step.title,
                "done" if trial.passed else f"{trial.held} of {trial.total}",
                "" if trial.passed else StepVerdict(trial).verdict.case,
            ]
            for trial in self.trials
        ]

    def as_json(self) -> ExaminationShape:
        """Return it as plain data, for graders."""
        said = {one.sentence: words for one, words in self.broken}
        return {
            "server": self.server,
            "passed": self.passed,
            "got_in": self.got_in,
            "contract": [
                {
                    "promise": one.sentence,
                    "kept": one.sentence not in said,
                    "said": said.get(one.sentence, ""),
                }
                for one in (*CONTRACT, *(other for other, _ in self.broken if other not in CONTRACT))
            ],
            "attacks": [
                {"name": one.name, "outcome": one.outcome, "evidence": one.evidence} for one in self.report
            ],
            "steps": [_step_shape(trial) for trial in self.trials],
        }

    def __repr__(self) -> str:
        parts = [f"  {one.sentence}\n    {words}" for one, words in self.broken]
        if parts:
            parts.insert(0, "honest use that does not work:")
        rows = [["step", "what", "held", "first to mend"], *self.step_rows()]
        return "\n\n".join(
            ["\n".join(parts), repr(self.report), text_table(rows, [False] * 4), self.summary][not parts :]
        )

    def _repr_html_(self) -> str:
        report = Markup(self.report._repr_html_())  # noqa: S704 - a template of ours has escaped it
        return render("examination.html", examination=self, report=report)


def examine(file: Path) -> Examination:
    """Examine a server file, in one process from start to end.

    Raises StartFailed with the line that is wrong, ServerGone if the server falls silent.
    """
    with running(file) as target:
        return examine_target(target, file.name)


def examine_target(target: OwnTarget, name: str = "") -> Examination:
    """Examine a server that runs already. Without a lab key, what needs the clock is not tried.

    Raises Stopped, with what was found so far, if it is interrupted.
    """
    broken: Said = ()
    report, trials = Report(target.url, []), list[Trial]()

    def examination() -> Examination:
        return Examination(name or target.url, broken, report, tuple(trials))

    def found() -> tuple[str, Examination | None]:
        after = f"{len(report)} of {len(ATTACKS)} attacks and {len(trials)} of {len(STEPS)} steps"
        return after, examination() if len(report) or trials else None

    with keep(found), Live() as live:
        live.show(0, "honest use and the battery")
        broken = _battery(target, report)
        for number, step in enumerate(STEPS.values(), 1):
            live.show(number / (len(STEPS) + 1), step.name)
            trials.append(run_trial(step, target, contract=broken))
    return examination()


def try_file(step: Step, file: Path, change: Mapping[str, str] | None = None) -> Trial:
    """Put a server file to a step, on a server that was freshly started.

    Raises Stopped if it is interrupted; for what else it raises see `running`.
    """
    with keep(lambda: (f"a part of {step.name}", None)), running(file, change) as target:
        return run_trial(step, target)


@contextmanager
def running(file: Path, change: Mapping[str, str] | None = None) -> Iterator[OwnTarget]:
    """Run a server file for a while, as a target.

    Raises StartFailed with the line that is wrong, ServerGone if the server ends or falls silent meanwhile.
    """
    server = OwnServer(file, change=change)
    try:
        server.start()
        yield OwnTarget.from_ready_message(dict(server.ready))
    except ServerGone as error:
        if not server.has_ended():
            raise
        raise ServerGone(f"{error}: {sentence(server.exit_reason())}") from None
    finally:
        server.stop()


def _battery(target: OwnTarget, report: Report) -> Said:
    """Try the contract, and then the attacks, for the report. If honest use is broken, these prove nothing.

    Returns what is broken.
    """
    broken = tuple(promises_broken(CONTRACT, target.restarted()))
    if not broken:
        fresh = target.restarted()
        try:
            for one in ATTACKS:
                report.results.append(one(fresh))
        except TargetUnfit as error:
            broken = ((STAYS_FIT, str(error)),)
    return broken


def _step_shape(trial: Trial) -> StepShape:
    return {
        "name": trial.step.name,
        "title": trial.step.title,
        "done": trial.passed,
        "held": trial.held,
        "total": trial.total,
        "got_in": trial.got_in,
        "broken": [f"{one.sentence} {said}" for one, said in trial.broken],
    }
