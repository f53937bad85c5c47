"""The exercises of 01: read a password off the wire, and find what tells on a user."""

from __future__ import annotations

import base64
from typing import Any

from labserver.kit.exercises.case import Case, Exercise


def _basic(credentials: str | bytes) -> str:
    raw = credentials if isinstance(credentials, bytes) else credentials.encode()
    return "Basic " + base64.b64encode(raw).decode()


_READ_BASIC = Exercise(
    name="01-read-basic",
    call="read_basic(authorization)",
    goal="Return (user, password) from an Authorization header of the Basic scheme, None for anything else.",
    cases=(
        Case(
            (_basic("ada:lovelace"),),
            ("ada", "lovelace"),
            "Base64 is a spelling, not a secret: anyone who sees this header has the password.",
        ),
        Case(
            (_basic("ada:one:two"),),
            ("ada", "one:two"),
            "A password may hold colons, a user name may not: only the first colon divides (RFC "
            "7617, section 2).",
        ),
        Case(
            (_basic("ada:lovelace").replace("Basic", "basic"),),
            ("ada", "lovelace"),
            "Scheme names are the same in upper and lower case (RFC 9110, section 11.1); some "
            "clients write `basic`.",
        ),
        Case(
            (_basic("ada:grün"),),
            ("ada", "grün"),
            "The bytes are UTF-8; read otherwise, a person with ü in the password never gets in.",
        ),
        Case(
            ("Bearer YWRhOmxvdmVsYWNl",),
            None,
            "Another scheme is somebody else's job. None says `not mine`, and the next check may try.",
        ),
        Case(("",), None, "Many requests carry no credentials at all; that is no reason to crash."),
        Case(
            (_basic("ada"),),
            None,
            "Without a colon there is no password. A crash here would be a 500 that anybody can cause.",
        ),
        Case(
            ("Basic YWRhOmxvdmVsYWN",),
            None,
            "Broken Base64 comes from outside, so it must end in a calm 401, never in a crash.",
        ),
        Case(
            ("Basic YWRh!OmxvdmVsYWNl",),
            None,
            "Python's decoder skips strange characters unless told `validate=True`; then many "
            "spellings mean one password.",
        ),
        Case((_basic(b"ada:\xff\xfe"),), None, "Bytes that are not UTF-8 are not a password either."),
    ),
    done="You have read a password off the wire, without any key. It travels like this in every "
    "single request.",
)


def _answer(
    status: int = 401, body: str = "wrong user name or password", ms: float = 20.0, **headers: str
) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": status, "headers": named, "body": body, "ms": ms}


_WHAT_LEAKS = Exercise(
    name="01-what-leaks",
    call="what_leaks(wrong_password, unknown_user)",
    goal="Compare two failed logins and list, in alphabetical order, which of body, headers, status, "
    "time tell them apart.",
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
    done="A login that passes this has the same answer, in the same time, for everyone who asks.",
)

EXERCISES = (_READ_BASIC, _WHAT_LEAKS)
