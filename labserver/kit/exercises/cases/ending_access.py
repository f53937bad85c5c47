"""The exercises of 06: a refresh family that notices a second use, and a denylist that forgets."""

from __future__ import annotations

from typing import Any

from labserver.kit.exercises.case import Case, Exercise


def _family(current: str, *used: str) -> dict[str, Any]:
    return {"current": current, "used": list(used), "ends": 1000}


_REDEEM = Exercise(
    name="06-redeem",
    call="redeem(family, token, fresh, now)",
    goal="Return (family, verdict): the family afterwards, or None once it is over; the verdict is renewed, "
    "reuse, unknown or over.",
    cases=(
        Case(
            (_family("r1"), "r1", "r2", 0),
            (_family("r2", "r1"), "renewed"),
            "The good token is good once: `fresh` takes its place, and it goes to the used ones.",
        ),
        Case(
            (_family("r1"), "r1", "r2", 400),
            (_family("r2", "r1"), "renewed"),
            "A renewal does not move the end: otherwise a thief who renews stays for ever.",
        ),
        Case(
            (_family("r2", "r1"), "r2", "r3", 500),
            (_family("r3", "r1", "r2"), "renewed"),
            "All used tokens are kept: a copy may be of any age.",
        ),
        Case(
            (_family("r2", "r1"), "r1", "r3", 500),
            (None, "reuse"),
            "A used token again: two hold it, nobody knows which one is the thief; the family ends for both.",
        ),
        Case(
            (_family("r4", "r1", "r2", "r3"), "r1", "r5", 500),
            (None, "reuse"),
            "The oldest of the used tokens tells as much as the latest: somebody kept a copy.",
        ),
        Case(
            (_family("r2", "r1"), "zz", "r3", 500),
            (_family("r2", "r1"), "unknown"),
            "This text never was a token of the family; if it ended one, anybody could log people out.",
        ),
        Case(
            (_family("r2", "r1"), "r2", "r3", 999),
            (_family("r3", "r1", "r2"), "renewed"),
            "One second before its end the family is whole.",
        ),
        Case(
            (_family("r2", "r1"), "r2", "r3", 1000),
            (None, "over"),
            "At its end it is over, however good the token is.",
        ),
        Case(
            (None, "r2", "r3", 500),
            (None, "over"),
            "What has ended stays so: anyone who still holds its good token gets nothing.",
        ),
    ),
    done="One honest client never notices any of this. Two who hold the same token cannot both go on.",
)


def _claims(jti: str, exp: int) -> dict[str, Any]:
    return {"sub": "ada", "jti": jti, "exp": exp}


_REVOKE = Exercise(
    name="06-revoke",
    call="revoke(denied, claims, now)",
    goal="Return the new list {jti: exp}: this token added, and all forgotten that has expired at now.",
    cases=(
        Case(
            ({}, _claims("a1", 900), 0),
            {"a1": 900},
            "The list holds the token's own number, `jti`, and until when that must be remembered.",
        ),
        Case(
            ({"a1": 900}, _claims("b2", 1000), 100),
            {"a1": 900, "b2": 1000},
            "What was revoked before is still revoked.",
        ),
        Case(
            ({}, _claims("a1", 160), 100),
            {"a1": 160},
            "`exp` is in the token, and not every token lives for 15 minutes.",
        ),
        Case(
            ({"a1": 900}, _claims("b2", 1800), 950),
            {"b2": 1800},
            "An expired token is refused without the list; a list that forgets nothing grows for ever.",
        ),
        Case(
            ({"a1": 900, "b2": 960, "c3": 940}, _claims("d4", 1800), 950),
            {"b2": 960, "d4": 1800},
            "Each entry has an end of its own, wherever it stands in the list.",
        ),
        Case(
            ({"a1": 900}, _claims("b2", 1800), 900),
            {"b2": 1800},
            "At `exp` the token is refused already (RFC 7519, section 4.1.4), so nobody will ask for it.",
        ),
        Case(
            ({"a1": 900}, _claims("b2", 1799), 899),
            {"a1": 900, "b2": 1799},
            "Forgotten one second early, a revoked token is good for that second.",
        ),
        Case(
            ({}, _claims("a1", 900), 900),
            {},
            "To revoke what has expired is no mistake, but it needs no entry either.",
        ),
    ),
    done="Such a list is never longer than the logouts of one token's lifetime.",
)

EXERCISES = (_REDEEM, _REVOKE)
