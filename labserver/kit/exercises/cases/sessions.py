"""Two exercises of 02: is this session live; read a Set-Cookie line as a browser does."""

from __future__ import annotations

from labserver.kit.exercises.case import Case, Exercise

_READ_SET_COOKIE = Exercise(
    name="02-read-set-cookie",
    call="read_set_cookie(line)",
    goal="Return (name, value, attributes) as a browser reads them (RFC 6265bis, section 5.6).",
    cases=(
        Case(
            ("theme=dark",), ("theme", "dark", {}), "The first pair is the cookie itself: a name and a value."
        ),
        Case(
            ("sid=k7Qx9f; path=/",),
            ("sid", "k7Qx9f", {"path": "/"}),
            "What follows the first pair tells the browser what to do with the cookie.",
        ),
        Case(
            ("sid=k7Qx9f; httponly; secure",),
            ("sid", "k7Qx9f", {"httponly": True, "secure": True}),
            "`HttpOnly` and `Secure` have no value: being there is the whole message.",
        ),
        Case(
            ("sid=k7Qx9f; secure=; httponly=false",),
            ("sid", "k7Qx9f", {"secure": True, "httponly": True}),
            "A browser does not read what stands behind `Secure=` or `HttpOnly=`. Even `false` switches it "
            "on.",
        ),
        Case(
            ("sid=k7Qx9f; HttpOnly; SameSite=Lax",),
            ("sid", "k7Qx9f", {"httponly": True, "samesite": "Lax"}),
            "Attribute names are the same in upper and lower case: a search for one must find the other.",
        ),
        Case(
            ("SID=k7Qx9f",),
            ("SID", "k7Qx9f", {}),
            "The cookie's own name keeps its case: to a browser, `SID` and `sid` are two cookies.",
        ),
        Case(
            ("sid=k7Qx9w==; Path=/",),
            ("sid", "k7Qx9w==", {"path": "/"}),
            "A value may hold `=`, and padded Base64 does: only the first one divides.",
        ),
        Case(
            ("dark; Path=/",),
            ("", "dark", {"path": "/"}),
            "Without `=` there is no name: a browser stores a nameless cookie with this value, and sends "
            "`dark`.",
        ),
        Case(
            ("sid = k7Qx9f ;Path=/ ;Max-Age= 1800",),
            ("sid", "k7Qx9f", {"path": "/", "max-age": "1800"}),
            "Blanks around `;` and `=` mean nothing, on either side.",
        ),
        Case(
            ("sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/",),
            ("sid", "", {"expires": "Thu, 01 Jan 1970 00:00:00 GMT", "path": "/"}),
            "This is what a logout sends: an empty value and a date long past, with a comma in it.",
        ),
        Case(
            ("sid=k7Qx9f; Path=/shop; Path=/",),
            ("sid", "k7Qx9f", {"path": "/"}),
            "Of two that say the same thing, the last one counts (RFC 6265bis, section 5.7).",
        ),
    ),
    done="It matters because a browser never complains about a cookie: it reads what it can, and ignores "
    "the rest. A colleague might use `http.cookies` of Python; it is stricter than browsers are, and drops "
    "a cookie that they keep.",
)

_IDLE, _ABSOLUTE = 1800, 43200


def _session(created: int, last_used: int) -> dict[str, int]:
    return {"created": created, "last_used": last_used}


_IS_LIVE = Exercise(
    name="02-is-live",
    call="is_live(session, now, idle, absolute)",
    goal="Return True while the session is within both limits, False from the very second one is reached.",
    cases=(
        Case(
            (_session(0, 0), 60, _IDLE, _ABSOLUTE), True, "One minute after the login everything is in order."
        ),
        Case(
            (_session(0, 0), 1799, _IDLE, _ABSOLUTE),
            True,
            "One second before the idle limit is still before it.",
        ),
        Case(
            (_session(0, 0), 1800, _IDLE, _ABSOLUTE),
            False,
            "The limit itself is already too late: at 30 minutes, not after them.",
        ),
        Case(
            (_session(1000, 5000), 6799, _IDLE, _ABSOLUTE),
            True,
            "The idle limit counts from the last use, so that a person at work stays logged in.",
        ),
        Case(
            (_session(0, 43190), 43199, _IDLE, _ABSOLUTE),
            True,
            "One second before the absolute limit is still before it.",
        ),
        Case(
            (_session(0, 43190), 43200, _IDLE, _ABSOLUTE),
            False,
            "No use reaches past the absolute limit; otherwise a thief keeps a session for ever by using it.",
        ),
        Case(
            (_session(0, 0), 61, 60, 600),
            False,
            "The limits are handed in: a bank's 60 seconds must work as well as a shop's 30 minutes.",
        ),
    ),
    done="It matters because only the server's clock is asked: no client can talk its way past a limit. A "
    "colleague might store one time, `expires`, and move it with each use; the server of this lab does so, "
    "and each look-up then compares one number.",
)

EXERCISES = (_IS_LIVE, _READ_SET_COOKIE)
