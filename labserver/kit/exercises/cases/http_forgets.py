"""The exercises of 01: find what gives a user away, and write a login that gives nothing away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labserver.kit.exercises import login_scenarios as login
from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.login_scenarios import DECOY, HASHES, NO_CRASH
from labserver.kit.exercises.scenarios import KEPT_OUT


def _answer(
    status: int = 401, body: str = "wrong user name or password", ms: float = 20.0, **headers: str
) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": status, "headers": named, "body": body, "ms": ms}


_WHAT_LEAKS = Exercise(
    name="01-what-leaks",
    call="what_leaks(wrong_password, unknown_user)",
    goal="Compare two failed logins and list, in alphabetical order, which of body, headers, status, "
    "time differ.",
    cases=(
        Case((_answer(), _answer()), [], "The same answer twice tells nothing: that is the aim."),
        Case(
            (_answer(), _answer(status=404)),
            ["status"],
            "A 404 for an unknown user is a free list of who has an account here.",
        ),
        Case(
            (_answer(body="wrong password"), _answer(body="no such user")),
            ["body"],
            "A helpful sentence helps the guesser most.",
        ),
        Case(
            (_answer(ms=20.4), _answer(ms=0.3)),
            ["time"],
            "A server that skips the password check for unknown users answers them at once, and the "
            "clock tells.",
        ),
        Case(
            (_answer(ms=0.3), _answer(ms=20.4)),
            ["time"],
            "Slower tells as much as faster: look in both directions.",
        ),
        Case(
            (_answer(ms=20.0), _answer(ms=23.0)),
            [],
            "Times always differ a little. Only more than twice as long counts here as telling.",
        ),
        Case(
            (_answer(), _answer(Retry_After="30")),
            ["headers"],
            "A header on one side alone tells, whichever side has it.",
        ),
        Case(
            (_answer(Retry_After="30"), _answer()),
            ["headers"],
            "A header on one side alone tells, whichever side has it.",
        ),
        Case(
            (_answer(Date="Mon, 04 May 2026 10:00:00 GMT"), _answer(Date="Mon, 04 May 2026 10:00:01 GMT")),
            [],
            "`Date` differs between any two answers, so it tells nothing about the user.",
        ),
        Case(
            (_answer(body="wrong password"), _answer(status=404, body="no such user", ms=0.3)),
            ["body", "status", "time"],
            "Name all that tells, in alphabetical order: mending one leak of three mends nothing.",
        ),
    ),
    done="This is how a tester looks at a login. It matters because guessing passwords begins with a list "
    "of who has an account. A colleague might measure the time many times over and compare the "
    "medians: one pair of times proves little.",
)


def _case(scenario: Callable[..., str], name: str, expect: str, why: str) -> Case:
    given = ("ada's and grace's", "a hash that belongs to no user", "matches")
    return Case((HASHES, DECOY, login.matches), expect, why, name, given, scenario)


_MAKE_LOGIN = Exercise(
    name="01-make-login",
    call="make_login(hashes, decoy, matches)",
    goal="A Flask app with POST /login that answers 200 and the user, or one and the same 401.",
    cases=(
        _case(login.honest, "ada herself", "200, ada", "Ada's own password must let her in."),
        _case(
            login.wrong_password,
            "a wrong password",
            "401",
            "`401` says: I do not know who you are. `403` would say: I know you, and you may not.",
        ),
        _case(
            login.of_another_user,
            "somebody else's password",
            KEPT_OUT,
            "The password of Grace opened the account of Ada: check it against the hash of that name only.",
        ),
        _case(
            login.unknown_user,
            "an unknown name",
            "the same answer",
            "The two answers differ, so anybody can ask this login who has an account.",
        ),
        _case(
            login.work_for_nobody,
            "the time for an unknown name",
            "password checks: 1",
            "A password check takes thousands of times longer than anything else here. Without one, the "
            "answer for an unknown name comes at once, and the clock says who has an account. Check the "
            "decoy instead.",
        ),
        _case(
            login.behind_the_decoy,
            "the password behind the decoy",
            KEPT_OUT,
            "An unknown name got in, because the password fits the decoy. The decoy is there for the time it "
            "takes, and must never open anything.",
        ),
        _case(
            login.in_the_address,
            "a password in the address",
            KEPT_OUT,
            "Addresses end up in logs and in the browser's history, so a login takes POST only.",
        ),
        _case(
            login.anything,
            "no login at all",
            NO_CRASH,
            "Anybody can send anything: a missing name, a list, a number. A crash would be a 500 that a "
            "stranger can cause as often as they like.",
        ),
    ),
    done="This login gives nothing away. It matters because the login is the one page that everybody may "
    "ask. A colleague might also slow down a name after ten failures, as this lab's server does, and would "
    "have to decide whom that locks out.",
)

EXERCISES = (_WHAT_LEAKS, _MAKE_LOGIN)
