"""The exercise of 04: one door for four designs. How did it travel, and what does it mean?"""

from __future__ import annotations

from labserver.kit.exercises import door_scenarios as door
from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.door_scenarios import (
    FORGED,
    JWT,
    OPAQUE,
    DoorRequest,
    by_cookie,
    by_header,
    change,
)

_ADA, _OUT, _NOT_SURE = "200 ada", "401", "403"


def _case(name: str, request: DoorRequest, expect: str, why: str) -> Case:
    given = ({OPAQUE: "ada"}, door.verify, door.csrf_of)
    shown = ("{an opaque id: 'ada'}", "the check of a JWT", "the CSRF token of a credential")
    return Case(given, expect, why, name, shown, request)


_MAKE_DOOR = Exercise(
    name="04-make-door",
    call="make_door(sessions, verify, csrf_of)",
    goal="Return a Flask app whose routes take an opaque id or a JWT, from a cookie or a header.",
    cases=(
        _case(
            "an opaque id in the cookie",
            DoorRequest(by_cookie(OPAQUE)),
            _ADA,
            "The classic session: the browser carries it, and the door looks it up in `sessions`.",
        ),
        _case(
            "a JWT in the header",
            DoorRequest(by_header(JWT)),
            _ADA,
            "The classic token: the client's code carries it, and `verify` checks it.",
        ),
        _case(
            "a JWT in the cookie",
            DoorRequest(by_cookie(JWT)),
            _ADA,
            "A cookie may carry a JWT. How it travelled does not say what it is: count the dots.",
        ),
        _case(
            "an opaque id in the header",
            DoorRequest(by_header(OPAQUE)),
            _ADA,
            "A header may carry an opaque id: many APIs work like that, and look it up.",
        ),
        _case(
            "no credential",
            DoorRequest({}),
            _OUT,
            "Somebody unknown is refused with 401. A crash (500) or an answer for nobody is no refusal.",
        ),
        _case(
            "an id that is in no row",
            DoorRequest(by_cookie("logged-out-an-hour-ago")),
            _OUT,
            "After a logout the row is gone. That is an everyday request, so it gets 401 and not a crash.",
        ),
        _case(
            "a forged JWT",
            DoorRequest(by_header(FORGED)),
            _OUT,
            "`verify` raises ValueError for a token that is not good. The door turns that into 401.",
        ),
        _case(
            "a cookie and a header at once",
            DoorRequest(by_cookie(OPAQUE) | by_header(JWT)),
            "400",
            "Two credentials may name two people. If you take one of them, somebody can be fooled (a "
            "client must not use more than one method, RFC 6750, section 2).",
        ),
        _case(
            "a change without a credential",
            change({"X-CSRF-Token": "anything"}),
            _OUT,
            "Each route has to ask who it is. One that was forgotten is open to everybody.",
        ),
        _case(
            "a change by cookie, from our own page",
            change(by_cookie(OPAQUE, **{"X-CSRF-Token": door.csrf_of(OPAQUE)})),
            _ADA,
            "Our own page sends `csrf_of(credential)` in the header X-CSRF-Token. It has to get through.",
        ),
        _case(
            "a change by cookie, from somebody else's page",
            change(by_cookie(OPAQUE)),
            _NOT_SURE,
            "The cookie came by itself, so it does not show that Ada wanted this: 403.",
        ),
        _case(
            "a change with another person's CSRF token",
            change(by_cookie(OPAQUE, **{"X-CSRF-Token": door.csrf_of("mallorys-own-id")})),
            _NOT_SURE,
            "Mallory has an account, and so a CSRF token of her own. It must fit this very credential.",
        ),
        _case(
            "a change by a JWT in the cookie, from somebody else's page",
            change(by_cookie(JWT)),
            _NOT_SURE,
            "The cookie brings a JWT as it brings an id. A signature does not show whose page asked.",
        ),
        _case(
            "a change by header",
            change(by_header(JWT)),
            _ADA,
            "No browser adds this header by itself: code of ours did. A CSRF token would show nothing "
            "more, and an app does not have one.",
        ),
    ),
    done="It matters because each question has one place now: a new kind of credential or another "
    "carrier changes one function, and no route. A colleague might write a decorator `@needs_login`, or "
    "check `Origin` where you check a token; both are right, as long as the carrier decides whether a "
    "change needs a CSRF defence.",
)

EXERCISES = (_MAKE_DOOR,)
