"""The exercises of 02: is this session live; a shop with a login; read a Set-Cookie line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from labserver.kit.exercises import shop_scenarios as shop
from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.scenarios import ENOUGH, KEPT_OUT

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


def _case(scenario: Callable[..., str], name: str, expect: str, why: str) -> Case:
    return Case((shop.password_ok, {}), expect, why, name, ("password_ok", "{}"), scenario)


_MAKE_SHOP = Exercise(
    name="02-make-shop",
    call="make_shop(password_ok, sessions)",
    goal="A Flask app: POST /login makes a session and its cookie, GET /me asks for it, POST /logout ends "
    "it.",
    cases=(
        _case(shop.honest, "ada shops", "200 ada", "Who logs in is recognised on the next page."),
        _case(
            shop.wrong_password,
            "a wrong password",
            "401, 0 cookies, 0 rows",
            "A wrong password gets `401` and leaves nothing behind: no cookie, no row.",
        ),
        _case(
            shop.strangers,
            "strangers at /me",
            KEPT_OUT,
            "The page is guarded by one question: is there a row for this id? No cookie and an invented id "
            "both get `401`, and neither may crash.",
        ),
        _case(
            shop.name_and_prefix,
            "the name of the cookie",
            "a browser keeps it",
            "A browser keeps a `__Host-` cookie only with Secure, Path=/ and no Domain. In return nobody "
            "can set it over plain http, or from a subdomain.",
        ),
        _case(
            partial(shop.attribute, "HttpOnly"),
            "a script on the page",
            "HttpOnly",
            "Without HttpOnly, each script on the page can read the id and send it away.",
        ),
        _case(
            partial(shop.attribute, "SameSite"),
            "another site's form",
            "SameSite Lax",
            "Say SameSite=Lax yourself: not every browser adds it, and a form on another site would send the "
            "cookie along.",
        ),
        _case(
            shop.guess,
            "an id that can be guessed",
            KEPT_OUT,
            "Mallory logs in, looks at her own id, and computes the others. `secrets` draws from a "
            f"generator made for this, `random` and a counter do not; and {ENOUGH} bits at the least.",
        ),
        _case(
            shop.plant,
            "a planted cookie",
            KEPT_OUT,
            "Mallory planted her own id in Ada's browser, and after Ada's login it still opens a session. "
            "A login makes a new id, and ends the one that came with the request.",
        ),
        _case(
            shop.plant_invented,
            "an invented cookie",
            KEPT_OUT,
            "Ada came with an id that Mallory made up, and now it is hers: ids are the server's own choice.",
        ),
        _case(
            shop.replay,
            "a copy, after the logout",
            KEPT_OUT,
            "The logout left the row, so a copy of the cookie still opens the session.",
        ),
        _case(
            shop.others_stay,
            "the others",
            "200 grace",
            "Ada's logout ended Grace's session too: one id, one row.",
        ),
        _case(
            shop.thrown_away,
            "the cookie, after the logout",
            "thrown away",
            "The browser has to throw the cookie away as well. It obeys a Set-Cookie for a `__Host-` name "
            "only with Secure and Path=/, also when it deletes.",
        ),
        _case(
            shop.anything,
            "no cookie, no name, no object",
            "no crash",
            "Anybody can send anything, and a double click logs out twice. A crash would be a 500 that a "
            "stranger can cause.",
        ),
    ),
    done="You have written the whole flow: the id at the login, the guard in front of the page, the end. "
    "It matters because most stolen sessions come from one of these lines. A colleague might keep "
    "`sha256(id)` in the table, as this lab does, so that a stolen table opens nothing; and put the guard "
    "into a decorator, once for all pages.",
)

EXERCISES = (_IS_LIVE, _MAKE_SHOP, _READ_SET_COOKIE)
