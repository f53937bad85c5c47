"""What an attack is: a function that is given a Scene and comes back with what it found."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests
from jwt import PyJWTError

from labserver.kit.attacks.scene import NotTried, Scene
from labserver.kit.attacks.target import Target
from labserver.kit.display.formatting import page

if TYPE_CHECKING:
    from labserver.kit.lab import Lab


@dataclass(frozen=True)
class Finding:
    """What an attack came back with. `evidence` is short and never holds a secret."""

    got_in: bool
    evidence: str


@dataclass(frozen=True)
class Result:
    """How one attack went. `lab.diagram(*result.exchanges)` draws whose request was whose.

    `weakness` is the switch that opens the door; None for an attack that no lesson lets in. `tried` is false
    where the server gives nothing to try it on, or there is no lab desk; `evidence` then says which.
    """

    name: str
    weakness: str | None
    standard: str
    about: str
    got_in: bool
    tried: bool
    evidence: str
    exchanges: tuple[requests.Response, ...] = field(repr=False, compare=False)

    @property
    def requests(self) -> int:
        """How many requests were sent, the victim's own among them."""
        return len(self.exchanges)

    @property
    def outcome(self) -> str:
        return "GOT IN" if self.got_in else "kept out" if self.tried else "not tried"

    def __repr__(self) -> str:
        return (
            f"{self.name}: {self.outcome}\n  {self.about} ({self.standard})\n"
            f"  {self.evidence}; requests sent: {self.requests}"
        )

    def _repr_html_(self) -> str:
        from labserver.kit.attacks.report import marked_outcome
        from labserver.kit.display.formatting import clean, markup

        told = markup(clean(f"{self.about} ({self.standard})")), markup(clean(self.evidence))
        return page(
            f"<p>{marked_outcome(self)} <b>{self.name}</b><br>{told[0]}<br>{told[1]}; "
            f"requests sent: {self.requests}</p>",
            "attacks",
        )


class Attack:
    """One attack. Call it with a lab, or with a Target, to run it alone: `attacks.fixation(lab)`."""

    def __init__(self, script: Callable[[Scene], Finding], weakness: str | None, standard: str) -> None:
        self._script = script
        self.name, self.weakness, self.standard = script.__name__, weakness, standard
        self.__doc__ = inspect.getdoc(script)
        self.__wrapped__ = script  # so that `attacks.fixation??` shows the code

    @property
    def about(self) -> str:
        """What it tries, in one sentence."""
        return (self.__doc__ or "").split("\n\n")[0].replace("\n", " ")

    def __call__(self, lab: Lab | Target) -> Result:
        """Run it. Raises TargetUnfit if honest use does not work, ServerGone if nobody answers."""
        target = lab if isinstance(lab, Target) else Target.of(lab)
        tried = True
        with Scene(target) as scene:
            try:
                found = self._script(scene)
            except NotTried as missing:
                tried, found = False, Finding(False, str(missing))
            except (LookupError, TypeError, ValueError, AttributeError, StopIteration, PyJWTError) as odd:
                reason = f"an answer is not what the contract promises ({type(odd).__name__})"
                tried, found = False, Finding(False, reason)
        return Result(
            self.name,
            self.weakness,
            self.standard,
            self.about,
            found.got_in,
            tried,
            found.evidence,
            tuple(scene.exchanges),
        )

    def __repr__(self) -> str:
        return f"{self.name}: {self.about}"


def attack(weakness: str | None, standard: str) -> Callable[[Callable[[Scene], Finding]], Attack]:
    """Make an attack of a function. `weakness` is the switch of the server that lets it in, if any."""
    return lambda script: Attack(script, weakness, standard)
