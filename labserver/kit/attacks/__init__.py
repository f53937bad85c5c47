"""The attack battery: every attack of the lessons, as a small function that talks HTTP and nothing else.

    from labserver.kit import attacks
    attacks.fixation(lab)          # one of them: what it tried, whether it got in, the evidence
    attacks.battery(lab)           # all of them, as a table

They never look into the server. A server that speaks the contract is enough, one's own as well: see Target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from labserver.kit.attacks import sessions, tokens
from labserver.kit.attacks.attack import Attack, Finding, Result, attack
from labserver.kit.attacks.report import Report
from labserver.kit.attacks.sessions import (
    another_place,
    fixation,
    foreign_handle,
    forged_form,
    forged_json,
    made_up_id,
    predictable_ids,
    replay_after_logout,
    script_reads_cookie,
)
from labserver.kit.attacks.target import Account, Target, TargetUnfit
from labserver.kit.attacks.tokens import (
    access_as_refresh,
    alg_confusion,
    alg_none,
    another_spelling,
    changed_byte,
    expired,
    key_by_url,
    kid_path,
    made_up_refresh,
    other_audience,
    own_key,
    promotion,
    refresh_after_logout,
    refresh_as_access,
    reuse,
    token_in_url,
    weak_key,
)
from labserver.kit.display.progress import Live
from labserver.kit.stopped import keep

if TYPE_CHECKING:
    from labserver.kit.lab import Lab

ON_SESSIONS: tuple[Attack, ...] = tuple(one for one in vars(sessions).values() if isinstance(one, Attack))
ON_TOKENS: tuple[Attack, ...] = tuple(one for one in vars(tokens).values() if isinstance(one, Attack))
ATTACKS = ON_SESSIONS + ON_TOKENS

__all__ = [
    "ATTACKS",
    "ON_SESSIONS",
    "ON_TOKENS",
    "Account",
    "Attack",
    "Finding",
    "Report",
    "Result",
    "Target",
    "TargetUnfit",
    "access_as_refresh",
    "alg_confusion",
    "alg_none",
    "another_place",
    "another_spelling",
    "attack",
    "battery",
    "changed_byte",
    "expired",
    "fixation",
    "foreign_handle",
    "forged_form",
    "forged_json",
    "key_by_url",
    "kid_path",
    "made_up_id",
    "made_up_refresh",
    "other_audience",
    "own_key",
    "predictable_ids",
    "promotion",
    "refresh_after_logout",
    "refresh_as_access",
    "replay_after_logout",
    "reuse",
    "script_reads_cookie",
    "token_in_url",
    "weak_key",
]


def battery(
    lab: Lab | Target,
    chosen: Sequence[Attack] = ATTACKS,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Run all attacks, or the chosen ones, one after the other. A bar tells which; or `progress` is told.

    Raises TargetUnfit if honest use does not work, ServerGone if the server is silent.
    """
    target = lab if isinstance(lab, Target) else Target.of(lab)
    results: list[Result] = []

    def found() -> tuple[str, Report | None]:
        return f"{len(results)} of {len(chosen)} attacks", Report(target.url, results) if results else None

    with keep(found), Live() as live:
        for number, one in enumerate(chosen):
            if progress:
                progress(number, len(chosen), one.name)
            else:
                live.show(number / len(chosen), one.name)
            results.append(one(target))
    return Report(target.url, results)
