"""Verifiers that are broken in one way each: everything honest gets through, and so does one kind of forgery.

`lets_in` names the forgeries (see `forgeries`) that get past one; a crash counts, as it is not a refusal.
"""

from __future__ import annotations

from labserver.kit.forgery.broken_verifiers import keys, claims, text  # isort: skip - in this order BROKEN lists them
from labserver.kit.forgery.broken_verifiers.broken import BROKEN, Broken

__all__ = ["BROKEN", "DOZEN", "Broken", "claims", "keys", "text"]

DOZEN = tuple(
    BROKEN[name]
    for name in (
        "BelievesNone",
        "LetsTheTokenChoose",
        "TrustsJwk",
        "TriesEveryKey",
        "LooksAtNoSignature",
        "ComparesTheBeginning",
        "ForgetsTyp",
        "ForgetsExp",
        "LetsExpBeMissing",
        "ForgetsAudience",
        "FindsAudienceWithin",
        "ForgetsIssuer",
    )
)
"""Those that the tests written in 08 have to catch: in each, a stranger gets in, or a thief stays."""
