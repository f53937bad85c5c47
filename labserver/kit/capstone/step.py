"""What a step of the capstone is made of, and how a server is put to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from labserver.kit.attacks.attack import REGISTRY, Attack
from labserver.kit.attacks.result import Finding, Result
from labserver.kit.attacks.scene import Scene
from labserver.kit.attacks.target import TargetUnfit
from labserver.kit.capstone.contract import CONTRACT
from labserver.kit.capstone.promise import Promise
from labserver.kit.capstone.target import OwnTarget

Said = tuple[tuple[Promise, str], ...]
"""Promises that are not kept, each with how that shows."""

STAYS_FIT = Promise("Honest people can log in while somebody attacks.", lambda scene: None)


def probe(*, title: str, success: str, standard: str) -> Callable[[Callable[[Scene], Finding]], Attack]:
    """Make an attack that belongs to a step and not to the battery. For the arguments see Attack."""
    return lambda script: Attack(script, "own server", title, None, success, standard)


@dataclass(frozen=True)
class Excerpt:
    """A piece of the lab's own server that does what the step asks for."""

    file: str
    """Below labserver/, as in "auth/sessions.py"."""

    name: str
    """The function, as in "Sessions.check"."""


@dataclass(frozen=True)
class Step:
    """One step of the hardening."""

    name: str
    """As in `step("12-rest", mine)`."""

    title: str
    attacks: tuple[str, ...]
    """Attacks of the battery that this step has to keep out, by name."""

    probes: tuple[Attack, ...]
    """More attacks, which need the clock or the rows."""

    promises: tuple[Promise, ...]
    """What has to work, beside the contract."""

    yours: tuple[str, ...]
    """The functions of tiny.py where most people change something."""

    ours: tuple[Excerpt, ...]
    done: str
    """For the learner whose server holds: why it matters, and what a colleague might do differently."""

    optional: tuple[str, ...] = ()
    """Attacks that may find nothing to try."""

    @property
    def all_attacks(self) -> tuple[Attack, ...]:
        """The attacks of the battery and the step's own."""
        return (*(REGISTRY[name] for name in self.attacks), *self.probes)


@dataclass(frozen=True)
class Trial:
    """How a server did in one step: what is broken, and how each attack went."""

    step: Step
    broken: Said
    results: tuple[Result, ...]
    remote: bool = False
    """Whether the server was started elsewhere, so that some attacks could not be tried."""

    @property
    def got_in(self) -> list[str]:
        """The names of the attacks that got in."""
        return [result.name for result in self.results if result.got_in]

    @property
    def untried(self) -> list[Result]:
        """The attacks that have to be tried, and were not."""
        return [one for one in self.results if not one.tried and one.name not in self.step.optional]

    @property
    def total(self) -> int:
        """How many promises and attacks there are."""
        return len(CONTRACT) + len(self.step.promises) + len(self.step.all_attacks)

    @property
    def held(self) -> int:
        """How many promises were kept, and attacks kept out."""
        untried = len(self.untried) if self.results else len(self.step.all_attacks)
        return max(0, self.total - len(self.broken) - len(self.got_in) - untried)

    @property
    def passed(self) -> bool:
        """Whether all promises are kept and nothing gets in. Elsewhere, what was not tried does not count."""
        return not self.broken and not self.got_in and (self.remote or not self.untried)


def promises_broken(promises: tuple[Promise, ...], target: OwnTarget) -> Iterator[tuple[Promise, str]]:
    """Yield the promises that a server does not keep, each with how that shows."""
    for one in promises:
        if said := one.broken(target):
            yield one, said


def run_trial(step: Step, target: OwnTarget, contract: Said | None = None) -> Trial:
    """Put a server to a step. If even the contract is broken, attacks would prove nothing, and none is tried.

    `contract` is what is known of the contract already. Raises ServerGone if the server is silent.
    """
    known = tuple(promises_broken(CONTRACT, target.restarted())) if contract is None else contract
    if known and target.control:
        target.control.advance(hours=1)  # a wait that honest use has set off is over
    broken = (*promises_broken(step.promises, target.restarted()), *known)
    results: list[Result] = []
    if not known:
        fresh = target.restarted()
        try:
            results = [attack(fresh) for attack in step.all_attacks]
        except TargetUnfit as error:
            broken += ((STAYS_FIT, str(error)),)
    return Trial(step, broken, tuple(results), target.control is None)
