"""What an attack is: a function that is given a Scene and returns a Finding. The decorator registers it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jwt import PyJWTError

from labserver.kit.attacks.result import Finding, Result
from labserver.kit.attacks.scene import ODD_ANSWER, NotTried, Scene
from labserver.kit.attacks.target import Target

if TYPE_CHECKING:
    from labserver.kit.lab import Lab

Script = Callable[[Scene], Finding]

REGISTRY: dict[str, Attack] = {}
"""All attacks by name."""


@dataclass(frozen=True, repr=False)
class Attack:
    """One attack. Call it with a lab, or with a Target, to run it alone: `attacks.fixation(lab)`.

    `family` is what it is aimed at: sessions or tokens. `weakness` is the switch of the server that lets it
    in; None if no lesson has one. `success` says what it means if it gets in, `standard` what demands that it
    does not.
    """

    script: Script
    family: str
    title: str
    weakness: str | None
    success: str
    standard: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.script.__name__

    @property
    def about(self) -> str:
        """What it tries, in one sentence: the first paragraph of its docstring."""
        return (inspect.getdoc(self.script) or "").split("\n\n")[0].replace("\n", " ")

    @property
    def __wrapped__(self) -> Script:
        """So that `attacks.fixation??` shows the code."""
        return self.script

    def __call__(self, lab: Lab | Target) -> Result:
        """Run it. Raises TargetUnfit if honest use does not work, ServerGone if nobody answers."""
        target = lab if isinstance(lab, Target) else Target.of(lab)
        tried = True
        with Scene(target) as scene:
            try:
                finding = self.script(scene)
            except NotTried as missing:
                tried, finding = False, Finding(False, str(missing))
            except (*ODD_ANSWER, StopIteration, PyJWTError) as odd:
                reason = f"an answer is not what the contract promises ({type(odd).__name__})"
                tried, finding = False, Finding(False, reason)
        return Result(
            name=self.name,
            title=self.title,
            weakness=self.weakness,
            standard=self.standard,
            about=self.about,
            success=self.success,
            got_in=finding.got_in,
            tried=tried,
            evidence=finding.evidence,
            exchanges=tuple(scene.exchanges),
        )

    def __repr__(self) -> str:
        return f"{self.name}: {self.about}"


def attack(
    *, family: str, title: str, success: str, standard: str, weakness: str | None = None
) -> Callable[[Script], Attack]:
    """Make an attack of a function, and register it under the function's name.

    The function raises NotTried where there is nothing to try it on. Raises ValueError where that name is
    taken. For the arguments see Attack.
    """

    def register(script: Script) -> Attack:
        if script.__name__ in REGISTRY:
            raise ValueError(f"there is an attack {script.__name__} already")
        made = Attack(script, family, title, weakness, success, standard)
        REGISTRY[made.name] = made
        return made

    return register


def registered(family: str | None = None) -> tuple[Attack, ...]:
    """Return all attacks, family by family, or those of one: first those that a weakness lets in."""
    families = list(dict.fromkeys(one.family for one in REGISTRY.values()))
    chosen = [one for one in REGISTRY.values() if family in (None, one.family)]
    return tuple(sorted(chosen, key=lambda one: (families.index(one.family), one.weakness is None)))
