"""The third exercise of 07: write a session store. Each case is a scenario, most of them attacks."""

from __future__ import annotations

from collections.abc import Callable

from labserver.kit.exercises import scenarios
from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.scenarios import ENOUGH, KEPT_OUT

_LIMITS = (1800, 43200)


def _case(
    scenario: Callable[..., str], name: str, expect: str, why: str, limits: tuple[int, int] = _LIMITS
) -> Case:
    return Case(limits, expect, why, name, scenario=scenario)


_SESSION_STORE = Exercise(
    name="07-SessionStore",
    call="SessionStore(idle, absolute)",
    goal="open(user, now, came_with) gives an id, read(session_id, now) its user or None; end(session_id).",
    cases=(
        _case(
            scenarios.two_people,
            "two people",
            "ada and grace",
            "Each id stands for the one who logged in with it.",
        ),
        _case(
            scenarios.guess,
            "predictable_ids",
            KEPT_OUT,
            "Mallory logs in, looks at her own id, and computes the others: everybody's session is hers. "
            "`secrets` draws from a generator made for this; a counter, a hash of what is known and "
            f"`random` can be computed. And {ENOUGH} bits at the least, or all of them can be tried.",
        ),
        _case(
            scenarios.made_up,
            "made_up_id",
            KEPT_OUT,
            "An id that you never gave out is nobody's, and no crash either.",
        ),
        _case(
            scenarios.plant,
            "fixation",
            KEPT_OUT,
            "Mallory planted her own id in Ada's browser. A login makes a new id, and ends the old one.",
        ),
        _case(
            scenarios.plant_made_up,
            "fixation, by an id made up",
            KEPT_OUT,
            "Mallory made an id up, Ada came with it, and now it is hers: ids are the server's own choice.",
        ),
        _case(
            scenarios.replay,
            "replay_after_logout",
            KEPT_OUT,
            "Ada has logged out, and a copy of her cookie still opens her session. The row has to go.",
        ),
        _case(
            scenarios.log_out_twice,
            "a double click on logout",
            "grace is still logged in",
            "Ending what is not there is no error, and ends nobody else.",
        ),
        _case(
            scenarios.at_work,
            "a day at work",
            "24 of 24 requests were Ada's",
            "Each use restarts the idle limit: one second before the limit she is still logged in.",
        ),
        _case(
            scenarios.at_the_idle_limit,
            "a computer left alone",
            KEPT_OUT,
            "At the idle limit it is over, on the very second: the next person at the computer is not Ada.",
        ),
        _case(
            scenarios.at_the_idle_limit,
            "a bank",
            KEPT_OUT,
            "The limits are handed in: here silence ends the session after one minute.",
            (60, 600),
        ),
        _case(
            scenarios.keep_alive,
            "a thief who keeps it alive",
            KEPT_OUT,
            "With an idle limit alone, a thief keeps a copy for ever by using it. The absolute limit counts "
            "from the login, and no use moves it.",
        ),
        _case(
            scenarios.clock_set_back,
            "a clock set back",
            KEPT_OUT,
            "It was over, and a clock that was corrected revived it. Once over, the row has to go.",
        ),
        _case(
            scenarios.steal_the_table,
            "a copy of the table",
            KEPT_OUT,
            "Who reads one backup of your table is logged in as everybody. Keep `sha256` of the id: it "
            "finds the row as well, and opens nothing.",
        ),
    ),
    done="This matters because every way into a session was one missing line here. A colleague might keep "
    "the rows in a database, so that a restart logs nobody out, or write the last use only once a minute, as "
    "the server does (auth/sessions.py): fewer writes, and an idle limit that is a minute less exact.",
)

EXERCISES = (_SESSION_STORE,)
