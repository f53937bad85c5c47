"""The attack battery: every attack of the lessons, as a small function that talks HTTP and nothing else.

    from labserver import attacks
    attacks.fixation(lab)          # one of them: what it tried, whether it got in, the evidence
    attacks.battery(lab)           # all of them, as a table

They never look into the server. Any server that speaks the contract will do: see Target.
To add one, decorate its function with `attack`; every table and every test of them follows the registry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labserver.kit.attacks import pages, sessions, tokens, tokens_refresh  # they register their attacks
from labserver.kit.attacks.attack import REGISTRY, Attack, attack, registered
from labserver.kit.attacks.report import Report
from labserver.kit.attacks.result import Finding, Result
from labserver.kit.attacks.scene import NotTried, Scene
from labserver.kit.attacks.target import Account, Target, TargetUnfit
from labserver.kit.display.progress import Live
from labserver.kit.stopped import keep

if TYPE_CHECKING:
    from labserver.kit.lab import Lab

ON_SESSIONS, ON_TOKENS = registered("sessions"), registered("tokens")
ATTACKS = registered()

__all__ = [
    "ATTACKS",
    "ON_SESSIONS",
    "ON_TOKENS",
    "Account",
    "Attack",
    "Finding",
    "NotTried",
    "Report",
    "Result",
    "Scene",
    "Target",
    "TargetUnfit",
    "attack",
    "battery",
    "pages",
    "tokens_refresh",
    "registered",
    "sessions",
    "tokens",
    *REGISTRY,
]


def __getattr__(name: str) -> Attack:
    """Return an attack by its name, as in `attacks.fixation`."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return [*__all__, *REGISTRY]


def battery(lab: Lab | Target, chosen: Sequence[Attack] | None = None) -> Report:
    """Run all attacks, or the chosen ones, one after the other, and show which one runs.

    Raises TargetUnfit if honest use does not work, ServerGone if the server is silent.
    """
    target = lab if isinstance(lab, Target) else Target.of(lab)
    chosen = registered() if chosen is None else chosen
    results: list[Result] = []

    def found() -> tuple[str, Report | None]:
        return f"{len(results)} of {len(chosen)} attacks", Report(target.url, results) if results else None

    with keep(found), Live() as live:
        for number, one in enumerate(chosen):
            live.show(number / len(chosen), one.name)
            results.append(one(target))
    return Report(target.url, results)
