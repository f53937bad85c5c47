"""Stored results of claims that need a browser, for a computer that has none. They are shown as stored.

`python -m tools.claims --store` makes them again, where there is one.
"""

from __future__ import annotations

import json
from importlib.resources import files

from labserver.kit.exercises.claims.claim import Claim, ClaimCase, ClaimResult
from labserver.kit.failures import KitError

FILE = "stored.json"


def recall(claim: Claim) -> ClaimResult:
    """Return the stored result of a claim. Raises KitError if there is none."""
    kept = json.loads(files("labserver.kit.exercises.claims").joinpath(FILE).read_text(encoding="utf-8"))
    if claim.name not in kept["results"]:
        raise KitError(f"there is no browser here, and no stored result of {claim.name!r}")
    cases = tuple(ClaimCase(**case) for case in kept["results"][claim.name])
    return ClaimResult(claim, cases, kept["when"])
