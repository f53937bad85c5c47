"""Claims: what people say about sessions and tokens, each with an experiment on a real server and a verdict.

    from labserver import claims
    claims.run()                                  # all of them, as a table
    claims.run(["logging-out-kills-a-jwt"])       # one
    claims.find("logging-out-kills-a-jwt").about  # what is tried

To add one, write an experiment into a module of `families/` and decorate it with `claim`. Tables and tests
follow the registry. Then write docs/claims.md again: `python -m tools.claims`, with `--store` if the
experiment needs a browser.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module

from labserver.kit.browser.chromium import NoBrowser
from labserver.kit.display.progress import Live
from labserver.kit.display.table import Table
from labserver.kit.exercises.claims import families
from labserver.kit.exercises.claims.claim import Claim, ClaimCase, ClaimResult
from labserver.kit.exercises.claims.report import ClaimReport
from labserver.kit.exercises.claims.stage import Stage
from labserver.kit.exercises.claims.stored import recall
from labserver.kit.exercises.score import scored
from labserver.kit.stopped import keep

__all__ = [
    "CLAIMS",
    "Claim",
    "ClaimCase",
    "ClaimReport",
    "ClaimResult",
    "Stage",
    "find",
    "listing",
    "run",
    "scored",
    "try_out",
]


def _registered() -> dict[str, Claim]:
    """Collect the claims of all families, in the order of their modules. Raises ValueError for a name used
    twice.
    """
    modules = [
        import_module(f"{families.__name__}.{found.name}")
        for found in pkgutil.iter_modules(families.__path__)
    ]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Claim)]
    names = {one.name: one for one in found}
    if len(names) != len(found):
        raise ValueError("two claims have the same name")
    return names


CLAIMS = _registered()
"""All claims by name."""


def find(name: str) -> Claim:
    """Return the claim of that name. Raises ValueError, with what to do, where none has it."""
    try:
        return CLAIMS[name]
    except KeyError:
        raise ValueError(f"there is no claim {name!r}; `labserver claims --list` lists them") from None


def listing() -> Table:
    """List all claims with the verdicts that are expected; `run` tries them."""
    rows = [[one.plain, one.verdict_expected, one.notebook[:2]] for one in CLAIMS.values()]
    return Table(
        f"{len(CLAIMS)} claims, as the tests found them last", ["claim", "verdict", "notebook"], rows
    )


def run(names: Sequence[str] | None = None) -> ClaimReport:
    """Try all claims, or those of these names, one after the other, and show which one runs.

    Raises ValueError for a name that no claim has, KitError if a server does not start.
    """
    chosen = [find(name) for name in names] if names else list(CLAIMS.values())
    results: list[ClaimResult] = []

    def found() -> tuple[str, ClaimReport | None]:
        return f"{len(results)} of {len(chosen)} claims", ClaimReport(results) if results else None

    with keep(found), Live() as live, Stage() as stage:
        for number, one in enumerate(chosen):
            live.show(number / len(chosen), one.text)
            results.append(try_out(one, stage))
    return ClaimReport(results)


def try_out(one: Claim, stage: Stage) -> ClaimResult:
    """Try a claim on this stage; where it needs a browser and there is none, return its stored result."""
    try:
        return one(stage)
    except NoBrowser:
        return recall(one)
