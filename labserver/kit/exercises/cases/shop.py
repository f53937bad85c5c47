"""An exercise of 02: write a shop with a login, a page behind it, and a logout. Each case is a scenario."""

from __future__ import annotations

from collections.abc import Callable

from labserver.kit.exercises import shop_scenarios as shop
from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.scenarios import ENOUGH, KEPT_OUT


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
            shop.read_by_a_script,
            "a script on the page",
            "hidden",
            "Without HttpOnly, each script on the page can read the id and send it away.",
        ),
        _case(
            shop.sent_by_another_site,
            "another site's form",
            "held back",
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
            "a copy after the logout",
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
            "the cookie after the logout",
            "thrown away",
            "The browser has to throw the cookie away as well. It obeys a Set-Cookie for a `__Host-` name "
            "only with Secure and Path=/, also when it deletes.",
        ),
        _case(
            shop.anything,
            "what is no login",
            "no crash",
            "Anybody can send anything, and a double click logs out twice. A crash would be a 500 that a "
            "stranger can cause.",
        ),
    ),
    done="You have written the whole flow: the id at the login, the guard in front of the page, the end. "
    "It matters because each of these lines closes one way in: to guess an id, to plant one, to read it, to "
    "use a copy. A colleague might store `sha256(id)` in the table, as this lab does, so that a stolen table "
    "opens nothing; and put the guard into a decorator, once for all pages.",
)

EXERCISES = (_MAKE_SHOP,)
