"""The exercise of 06: build the endpoint that renews tokens, and let it notice a copied refresh token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labserver.kit.exercises import refresh_scenarios as scenarios
from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.refresh_scenarios import FAMILIES, RefreshRun, Time, new_pair


@dataclass(frozen=True)
class Played:
    """A scenario, as `check` calls it: with the learner's function and its three arguments."""

    scenario: Callable[[RefreshRun], str]

    def __call__(self, make: Callable[..., Any], *args: Any) -> str:
        return self.scenario(RefreshRun(make, *args))


def _case(scenario: Callable[[RefreshRun], str], name: str, expect: str, why: str) -> Case:
    shown = ("f1 of Ada, f2 of Grace", "new_pair", "now")
    return Case((FAMILIES, new_pair, Time()), expect, why, name, shown, Played(scenario))


_REFRESH_APP = Exercise(
    name="06-refresh-app",
    call="refresh_app(families, new_pair, now)",
    goal="Return a Flask app whose POST /token/refresh takes each refresh token once, and ends a family "
    "whose used token comes again.",
    cases=(
        _case(
            scenarios.one_renewal,
            "an honest renewal",
            "200: an access token of ada",
            "The good token has to get a new pair, for the user of its family.",
        ),
        _case(
            scenarios.another_user,
            "another user",
            "200: an access token of grace",
            "The user stands in the family's row. A renewal must never name somebody else.",
        ),
        _case(
            scenarios.a_working_day,
            "a working day: three renewals",
            "200, 200, 200",
            "The refresh token of the new pair is the good one from now on. If the row does not say so, the "
            "client is logged out at its next renewal.",
        ),
        _case(
            scenarios.refusal,
            "what a refusal says",
            "400: invalid_grant",
            "RFC 6749, section 5.2: status 400 and `error` is `invalid_grant`. Client libraries look for "
            "these to know that the user has to log in again.",
        ),
        _case(
            scenarios.thief_first,
            "a thief who is quicker: thief, Ada, thief again",
            "200, 400, 400",
            "A used token came again, so two hold it. Nobody can tell which one is the thief, so the family "
            "ends for both: the last code is the thief's next renewal.",
        ),
        _case(
            scenarios.old_copy,
            "a copy from yesterday: Ada, Ada, the old copy, Ada",
            "200, 200, 400, 400",
            "A copy may be of any age. The oldest token shows as clearly as the latest that somebody kept a "
            "copy.",
        ),
        _case(
            scenarios.neighbour,
            "the neighbour: Ada, a copy of hers, Grace",
            "200, 400, 200",
            "Only the family of the used token ends. Grace has nothing to do with it.",
        ),
        _case(
            scenarios.unknown_family,
            "a token made up, then Ada's",
            "400, 200",
            "A family that is not there is an ordinary refusal, no crash, and it ends nobody's family.",
        ),
        _case(
            scenarios.empty_body,
            "a body without a token",
            "400",
            "Whatever a client sends, it gets an answer: a crash is a 500, and fills your log.",
        ),
        _case(
            scenarios.around_the_end,
            "the end of the family: one second before it, and at it",
            "200, 400",
            "One second before `ends` the family is good, at `ends` it is over, and no renewal moves `ends`: "
            "otherwise a thief who renews stays for ever.",
        ),
    ),
    done="This matters because a stolen refresh token is good for days, and only here does the theft show. "
    "A colleague might keep the row and mark it as ended, so that the log can say when. With more than one "
    "worker, reading and replacing the row must be one step (compare-and-set), as in "
    "labserver/auth/refresh.py; otherwise two requests at once both win.",
)

EXERCISES = (_REFRESH_APP,)
