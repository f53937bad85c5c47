"""Scenarios for the shop that the learner writes in 02: a login, a page behind it, a logout.

Each is called with the learner's function, `password_ok` and an empty table of sessions. Each returns in a
few words what happened. Raises NotImplementedError where nothing is written yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labserver.kit.exercises.learner_app import AppAnswer, LearnerApp, SetCookie
from labserver.kit.exercises.scenarios import KEPT_OUT, USERS, can_be_computed

PasswordOk = Callable[[object, object], bool]
Make = Callable[[PasswordOk, dict[str, str]], Any]

COOKIE = "__Host-sid"
_PASSWORDS = {"ada": "lovelace", "grace": "hopper", "mallory": "malice"}


def password_ok(username: object, password: object) -> bool:
    """Tell whether this is the user's password."""
    return isinstance(username, str) and username in _PASSWORDS and _PASSWORDS[username] == password


class _Shop:
    """The learner's app, and its table of sessions."""

    def __init__(self, make: Make, check: PasswordOk, sessions: dict[str, str]) -> None:
        self.sessions = dict(sessions)
        self.app = LearnerApp(make(check, self.sessions))

    def post_login(self, user: str, came_with: str = "", typed: str = "") -> AppAnswer:
        body = {"username": user, "password": typed or _PASSWORDS[user]}
        return self.app.ask("POST", "/login", body, **_cookie(came_with))

    def log_in(self, user: str, came_with: str = "") -> SetCookie:
        """Log in, and return the cookie. Raises LookupError if there is none."""
        answer = self.post_login(user, came_with)
        if not answer.cookies:
            raise LookupError(f"POST /login answered {answer.status} and set no cookie")
        return answer.cookies[-1]

    def me(self, session_id: str = "") -> str:
        """Ask for the page behind the login; "401", or the status and the user."""
        answer = self.app.ask("GET", "/me", **_cookie(session_id))
        user = answer.body.get("user") if isinstance(answer.body, dict) else None
        return f"{answer.status} {user}" if answer.ok else str(answer.status)

    def log_out(self, session_id: str = "") -> AppAnswer:
        return self.app.ask("POST", "/logout", **_cookie(session_id))


def _cookie(value: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={value}"} if value else {}


def _tried(shop: _Shop, session_id: str, what: str) -> str:
    seen = shop.me(session_id)
    return KEPT_OUT if seen == "401" else f"{what} gets {seen}"


def honest(make: Make, *given: Any) -> str:
    """Log Ada in, and ask for the page behind the login."""
    shop = _Shop(make, *given)
    return shop.me(shop.log_in("ada").value)


def wrong_password(make: Make, *given: Any) -> str:
    """Log in with a wrong password."""
    shop = _Shop(make, *given)
    answer = shop.post_login("ada", typed="a guess")
    return f"{answer.status}, {len(answer.cookies)} cookies, {len(shop.sessions)} rows"


def strangers(make: Make, *given: Any) -> str:
    """Ask for the page without a cookie, and with an id that was never issued."""
    shop = _Shop(make, *given)
    shop.log_in("ada")
    tried = [_tried(shop, "", "no cookie"), _tried(shop, "A" * 43, "an invented id")]
    return next((result for result in tried if result != KEPT_OUT), KEPT_OUT)


def read_by_a_script(make: Make, *given: Any) -> str:
    """Let a script on the page read the login's cookie."""
    found = _Shop(make, *given).log_in("ada").attributes
    return "hidden" if "httponly" in found else "no HttpOnly: a script reads the id"


def sent_by_another_site(make: Make, *given: Any) -> str:
    """Send a POST form from another site, with the login's cookie."""
    found = _Shop(make, *given).log_in("ada").attributes.get("samesite", "")
    held_back = found.lower() in ("lax", "strict")
    return "held back" if held_back else f"SameSite={found}" if found else "no SameSite"


def name_and_prefix(make: Make, *given: Any) -> str:
    """Ask whether a browser would keep the login's cookie, and under which name."""
    cookie = _Shop(make, *given).log_in("ada")
    if cookie.name != COOKIE:
        return f"the cookie is called {cookie.name}"
    return "a browser keeps it" if cookie.accepted else "a browser refuses it"


def guess(make: Make, *given: Any) -> str:
    """Log the same people in twice, each time with `random` in the same state."""

    def log_in() -> list[str]:
        shop = _Shop(make, *given)
        return [shop.log_in(user).value for user in USERS]

    return can_be_computed(log_in)


def plant(make: Make, *given: Any) -> str:
    """Log Ada in with the id of Mallory's own session in her browser."""
    shop = _Shop(make, *given)
    planted = shop.log_in("mallory").value
    shop.log_in("ada", planted)
    return _tried(shop, planted, "the planted id")


def plant_invented(make: Make, *given: Any) -> str:
    """Log Ada in with an id in her browser that Mallory invented."""
    shop = _Shop(make, *given)
    shop.log_in("ada", "mallory-made-this-up")
    return _tried(shop, "mallory-made-this-up", "the invented id")


def replay(make: Make, *given: Any) -> str:
    """Send a copy of the cookie after the logout."""
    shop = _Shop(make, *given)
    copy = shop.log_in("ada").value
    shop.log_out(copy)
    return _tried(shop, copy, "the copy")


def others_stay(make: Make, *given: Any) -> str:
    """Log Ada out, and look whether Grace is still logged in."""
    shop = _Shop(make, *given)
    ada, grace = shop.log_in("ada").value, shop.log_in("grace").value
    shop.log_out(ada)
    return shop.me(grace)


def thrown_away(make: Make, *given: Any) -> str:
    """Ask whether a browser throws its cookie away at the logout."""
    shop = _Shop(make, *given)
    cleared = shop.log_out(shop.log_in("ada").value).cookies
    ours = [cookie for cookie in cleared if cookie.name == COOKIE]
    if not ours or not ours[-1].deletes:
        return "the cookie stays in the browser"
    return (
        "thrown away" if ours[-1].accepted else "a browser refuses this Set-Cookie, and keeps the old cookie"
    )


def anything(make: Make, *given: Any) -> str:
    """Log out twice, and without a cookie; log in with bodies that are no login."""
    shop = _Shop(make, *given)
    copy = shop.log_in("ada").value
    answers = [shop.log_out(copy), shop.log_out(copy), shop.log_out()]
    answers += [shop.app.ask("POST", "/login", body) for body in ({"username": "ada"}, ["ada"])]
    broken = [answer.status for answer in answers if answer.status >= 500]
    return f"{broken[0]}, a crash" if broken else "no crash"
