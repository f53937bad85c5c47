"""Solutions of 07: an origin check, a guard against CSRF, and a session store."""

import hashlib
import hmac
import random
import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, request

Headers = dict[str, str]
CsrfToken = Callable[[str], str]

SAFE = ("GET", "HEAD", "OPTIONS")


def allowed(method: str, headers: Headers, own_origin: str) -> bool:
    """Take a change unless one of the two headers is there and speaks against it."""
    if method in SAFE:
        return True
    sent = {name.lower(): value for name, value in headers.items()}
    by_our_page = sent.get("sec-fetch-site", "none") in ("same-origin", "none")
    return by_our_page and sent.get("origin", own_origin) == own_origin


def with_guard(guard: Callable[[], Any], changes: list[str]) -> Flask:
    """Build the notebook's shop around a guard."""
    shop = Flask("shop")
    shop.before_request(guard)

    @shop.get("/")
    def page() -> str:
        return "the shop"

    @shop.route("/email", methods=["POST", "DELETE"])
    def email() -> str:
        changes.append(request.method)
        return "changed"

    return shop


def guarded_shop(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    """Compare all of what came with the session's own token, in constant time."""

    def guard() -> Any:
        if request.method in SAFE:
            return None
        sent = request.headers.get("X-CSRF-Token", "")
        right = csrf_token(request.cookies.get("sid", ""))
        return None if hmac.compare_digest(sent.encode(), right.encode()) else ("refused", 403)

    return with_guard(guard, changes)


class SessionStore:
    """Keep a row for each session, by the hash of its id."""

    def __init__(self, idle: int, absolute: int) -> None:
        self.idle, self.absolute = idle, absolute
        self.rows: dict[str, dict[str, Any]] = {}

    def key(self, session_id: str) -> str:
        return hashlib.sha256(session_id.encode()).hexdigest()

    def new_id(self, user: str, now: int) -> str:
        return secrets.token_urlsafe(32)

    def open(self, user: str, now: int, came_with: str | None = None) -> str:
        """Draw a new id; the one that the client came with is dead."""
        if came_with is not None:
            self.end(came_with)
        session_id = self.new_id(user, now)
        self.rows[self.key(session_id)] = {"user": user, "created": now, "used": now}
        return session_id

    def read(self, session_id: str, now: int) -> str | None:
        """Hold both limits, and delete what is over."""
        row = self.rows.get(self.key(session_id))
        if row is None:
            return None
        if self.over(row, now):
            self.end(session_id)
            return None
        row["used"] = now
        return str(row["user"])

    def over(self, row: dict[str, Any], now: int) -> bool:
        return now - row["used"] >= self.idle or now - row["created"] >= self.absolute

    def end(self, session_id: str) -> None:
        self.rows.pop(self.key(session_id), None)


solution = {"07-allowed": allowed, "07-guarded-shop": guarded_shop, "07-SessionStore": SessionStore}


# --- well-known mistakes ---


def lets_nobody_in(method: str, headers: Headers, own_origin: str) -> bool:
    return False


def lets_everybody_in(method: str, headers: Headers, own_origin: str) -> bool:
    return True


def reads_fetch_metadata_only(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed(method, {name: text for name, text in headers.items() if "etch" in name}, own_origin)


def reads_the_origin_only(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed(method, {name: text for name, text in headers.items() if "rigin" in name}, own_origin)


def trusts_the_same_site(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed(
        method, {name: text.replace("same-site", "none") for name, text in headers.items()}, own_origin
    )


def takes_null_for_nothing(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed(method, {name: text for name, text in headers.items() if text != "null"}, own_origin)


def compares_the_host_only(method: str, headers: Headers, own_origin: str) -> bool:
    own_host = own_origin.partition("://")[2]
    sent = {
        name: f"https://{text.partition('://')[2]}" if "://" in text else text
        for name, text in headers.items()
    }
    return allowed(method, sent, f"https://{own_host}")


def forgets_the_port(method: str, headers: Headers, own_origin: str) -> bool:
    def less(origin: str) -> str:
        return ":".join(origin.split(":")[:2])

    return allowed(method, {name: less(text) for name, text in headers.items()}, less(own_origin))


def looks_at_the_end(method: str, headers: Headers, own_origin: str) -> bool:
    scheme, _, host = own_origin.partition("://")
    origin = headers.get("Origin", "")
    ours = origin.startswith(f"{scheme}://") and origin.endswith(host)
    return allowed(method, headers | {"Origin": own_origin} if ours else headers, own_origin)


def looks_at_the_beginning(method: str, headers: Headers, own_origin: str) -> bool:
    ours = headers.get("Origin", "").startswith(f"{own_origin}.")
    return allowed(method, headers | {"Origin": own_origin} if ours else headers, own_origin)


def knows_one_spelling_only(method: str, headers: Headers, own_origin: str) -> bool:
    if method in SAFE:
        return True
    by_our_page = headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")
    return by_our_page and headers.get("Origin", own_origin) == own_origin


def is_content_with_one_of_two(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed(method, headers, own_origin) or ("Origin" in headers and headers["Origin"] == own_origin)


def checks_post_only(method: str, headers: Headers, own_origin: str) -> bool:
    return method != "POST" or allowed(method, headers, own_origin)


def insists_on_a_header(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed(method, headers, own_origin) and (method in SAFE or bool(headers))


def knows_same_origin_only(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed(
        method, {name: text.replace("none", "other") for name, text in headers.items()}, own_origin
    )


def refuses_links(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed("POST", headers, own_origin)


def knows_one_server_only(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed(method, headers, "https://shop.example")


def takes_the_headers_away(method: str, headers: Headers, own_origin: str) -> bool:
    right = allowed(method, headers, own_origin)
    headers.pop("Origin", None)
    return right


def judged_by(csrf_token: CsrfToken, changes: list[str], good: Callable[[str, str], object]) -> Flask:
    """Build a shop that asks `good(sent, right)` about each change."""

    def guard() -> Any:
        if request.method in SAFE:
            return None
        sent = request.headers.get("X-CSRF-Token", "")
        return None if good(sent, csrf_token(request.cookies.get("sid", ""))) else ("refused", 403)

    return with_guard(guard, changes)


def the_same(sent: str, right: str) -> bool:
    return hmac.compare_digest(sent.encode(), right.encode())


def returns_the_wrong_thing(csrf_token: CsrfToken, changes: list[str]) -> str:
    return csrf_token("shop")


def takes_no_token(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    return judged_by(csrf_token, changes, lambda sent, right: False)


def leaves_the_session_out(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    return guarded_shop(lambda session_id: csrf_token("sid"), changes)


def guards_nothing(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    return with_guard(lambda: None, changes)


def refuses_afterwards(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    shop = with_guard(lambda: None, changes)

    @shop.after_request
    def guard(answer: Any) -> Any:
        sent = request.headers.get("X-CSRF-Token", "")
        if request.method not in SAFE and not the_same(sent, csrf_token(request.cookies.get("sid", ""))):
            answer.status_code = 403
        return answer

    return shop


def asks_only_if_one_came(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    def guard() -> Any:
        if "X-CSRF-Token" not in request.headers or request.method in SAFE:
            return None
        right = csrf_token(request.cookies.get("sid", ""))
        return None if the_same(request.headers["X-CSRF-Token"], right) else ("refused", 403)

    return with_guard(guard, changes)


def takes_the_empty_one(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    def guard() -> Any:
        sent = request.headers.get("X-CSRF-Token")
        if request.method in SAFE or sent == "":
            return None
        right = csrf_token(request.cookies.get("sid", ""))
        return None if sent is not None and the_same(sent, right) else ("refused", 403)

    return with_guard(guard, changes)


def asks_only_that_it_is_there(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    return judged_by(csrf_token, changes, lambda sent, right: sent)


def takes_whatever_looks_like_one(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    return judged_by(
        csrf_token, changes, lambda sent, right: len(sent) == 64 and not set(sent) - set("0123456789abcdef")
    )


def takes_the_beginning(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    return judged_by(csrf_token, changes, lambda sent, right: sent and right.startswith(sent))


def compares_as_text(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    return judged_by(csrf_token, changes, hmac.compare_digest)


def compares_by_equals(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    return judged_by(csrf_token, changes, lambda sent, right: sent == right)


def compares_bytes_by_equals(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    return judged_by(csrf_token, changes, lambda sent, right: sent.encode() == right.encode())


def forgets_the_other_methods(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    def guard() -> Any:
        if request.method != "POST":
            return None
        sent = request.headers.get("X-CSRF-Token", "")
        return None if the_same(sent, csrf_token(request.cookies.get("sid", ""))) else ("refused", 403)

    return with_guard(guard, changes)


def wants_one_always(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    def guard() -> Any:
        sent = request.headers.get("X-CSRF-Token", "")
        return None if the_same(sent, csrf_token(request.cookies.get("sid", ""))) else ("refused", 403)

    return with_guard(guard, changes)


def knows_get_only(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    def guard() -> Any:
        if request.method == "GET":
            return None
        sent = request.headers.get("X-CSRF-Token", "")
        return None if the_same(sent, csrf_token(request.cookies.get("sid", ""))) else ("refused", 403)

    return with_guard(guard, changes)


def knows_one_key_only(csrf_token: CsrfToken, changes: list[str]) -> Flask:
    def own(session_id: str) -> str:
        return hmac.new(b"known to the server only", session_id.encode(), "sha256").hexdigest()

    return guarded_shop(own, changes)


class KnowsOnePersonOnly(SessionStore):
    def read(self, session_id: str, now: int) -> str | None:
        return list(self.rows.values())[-1]["user"] if super().read(session_id, now) else None


class CountsUp(SessionStore):
    def new_id(self, user: str, now: int) -> str:
        return str(1001 + len(self.rows))


class HashesWhatIsKnown(SessionStore):
    def new_id(self, user: str, now: int) -> str:
        return hashlib.sha256(f"{user} {now}".encode()).hexdigest()


class ThrowsDice(SessionStore):
    def new_id(self, user: str, now: int) -> str:
        return f"{random.getrandbits(256):064x}"


class DrawsTooLittle(SessionStore):
    def new_id(self, user: str, now: int) -> str:
        return secrets.token_hex(8)


class CrashesOnStrangers(SessionStore):
    def read(self, session_id: str, now: int) -> str | None:
        row = self.rows[self.key(session_id)]
        return None if self.over(row, now) else super().read(session_id, now)


class KeepsTheId(SessionStore):
    def open(self, user: str, now: int, came_with: str | None = None) -> str:
        session_id = came_with or self.new_id(user, now)
        self.rows[self.key(session_id)] = {"user": user, "created": now, "used": now}
        return session_id


class LeavesTheOldOneAlive(SessionStore):
    def open(self, user: str, now: int, came_with: str | None = None) -> str:
        return super().open(user, now)


class AdoptsStrangers(SessionStore):
    def open(self, user: str, now: int, came_with: str | None = None) -> str:
        known = came_with is not None and self.key(came_with) in self.rows
        session_id = super().open(user, now, came_with)
        if came_with is None or known:
            return session_id
        self.rows[self.key(came_with)] = self.rows.pop(self.key(session_id))
        return came_with


class OnlyMarks(SessionStore):
    def end(self, session_id: str) -> None:
        row = self.rows.get(self.key(session_id))
        if row:
            row["user"] = f"{row['user']}, logged out"

    def open(self, user: str, now: int, came_with: str | None = None) -> str:
        if came_with is not None:
            self.rows.pop(self.key(came_with), None)
        return super().open(user, now)


class EndsOnceOnly(SessionStore):
    def open(self, user: str, now: int, came_with: str | None = None) -> str:
        if came_with is not None:
            self.rows.pop(self.key(came_with), None)
        return super().open(user, now)

    def end(self, session_id: str) -> None:
        del self.rows[self.key(session_id)]


class EndsEverybody(SessionStore):
    def end(self, session_id: str) -> None:
        self.rows.clear()


class CountsIdleFromTheLogin(SessionStore):
    def over(self, row: dict[str, Any], now: int) -> bool:
        return now - row["created"] >= min(self.idle, self.absolute)


class LetsTheLimitPass(SessionStore):
    def over(self, row: dict[str, Any], now: int) -> bool:
        return now - row["used"] > self.idle or now - row["created"] >= self.absolute


class KnowsOneBankOnly(SessionStore):
    def over(self, row: dict[str, Any], now: int) -> bool:
        return now - row["used"] >= 1800 or now - row["created"] >= 43200


class HasNoAbsoluteLimit(SessionStore):
    def over(self, row: dict[str, Any], now: int) -> bool:
        return bool(now - row["used"] >= self.idle)


class ForgetsToDelete(SessionStore):
    def read(self, session_id: str, now: int) -> str | None:
        row = self.rows.get(self.key(session_id))
        return super().read(session_id, now) if row and not self.over(row, now) else None


class KeepsIdsAsTheyAre(SessionStore):
    def key(self, session_id: str) -> str:
        return session_id


wrong = {
    "07-allowed": [
        (lets_nobody_in, "Our own page has to get through"),
        (lets_everybody_in, "The plain forgery got in"),
        (reads_fetch_metadata_only, "years before `Sec-Fetch-Site`"),
        (reads_the_origin_only, "`Sec-Fetch-Site` alone says it"),
        (trusts_the_same_site, "`same-site` is not `same-origin`"),
        (takes_null_for_nothing, "`null` is not the same as nothing"),
        (compares_the_host_only, "The scheme is part of the origin"),
        (forgets_the_port, "Another port is another program"),
        (looks_at_the_end, "`endswith` lets her in"),
        (looks_at_the_beginning, "`startswith` and `in` let her in"),
        (knows_one_spelling_only, "HTTP/2 sends them all in lower case"),
        (is_content_with_one_of_two, "One bad sign is enough"),
        (checks_post_only, "takes the one that was forgotten"),
        (insists_on_a_header, "leaves it to the CSRF token"),
        (knows_same_origin_only, "no page asked for it, the person did"),
        (refuses_links, "A link from a search engine"),
        (knows_one_server_only, "the check must work for every server"),
        (takes_the_headers_away, "the arguments were changed"),
    ],
    "07-guarded-shop": [
        (returns_the_wrong_thing, "it should end with `return app`"),
        (takes_no_token, "own token has to be taken"),
        (leaves_the_session_out, "own token has to be taken"),
        (guards_nothing, "The plainest forgery got in"),
        (refuses_afterwards, "comes after the change"),
        (asks_only_if_one_came, "The plainest forgery got in"),
        (takes_the_empty_one, "must not pass for one with the empty one"),
        (asks_only_that_it_is_there, "is no secret"),
        (takes_whatever_looks_like_one, "bound to the session"),
        (takes_the_beginning, "eight are enough to guess"),
        (compares_as_text, "A crash is a 500"),
        (compares_by_equals, "its time can tell how many were right"),
        (compares_bytes_by_equals, "its time can tell how many were right"),
        (forgets_the_other_methods, "deletes Ada's address"),
        (wants_one_always, "GET changes nothing, so it needs no token"),
        (knows_get_only, "HEAD and OPTIONS change nothing either"),
        (knows_one_key_only, "the tokens of the new one count"),
    ],
    "07-SessionStore": [
        (KnowsOnePersonOnly, "for the one who logged in with it"),
        (CountsUp, "the same logins gave the same ids"),
        (HashesWhatIsKnown, "the same logins gave the same ids"),
        (ThrowsDice, "the same logins gave the same ids"),
        (DrawsTooLittle, "room for 64 bits"),
        (CrashesOnStrangers, "KeyError"),
        (KeepsTheId, "the planted id opens the session of ada"),
        (LeavesTheOldOneAlive, "the planted id opens the session of mallory"),
        (AdoptsStrangers, "ids are the server's own choice"),
        (OnlyMarks, "the copy opens the session of ada, logged out"),
        (EndsOnceOnly, "Ending what is not there is no error"),
        (EndsEverybody, "and ends nobody else"),
        (CountsIdleFromTheLogin, "Each use restarts the idle limit"),
        (LetsTheLimitPass, "on the very second"),
        (KnowsOneBankOnly, "after 60 s of silence"),
        (HasNoAbsoluteLimit, "a thief keeps a copy for ever"),
        (ForgetsToDelete, "with the clock set back"),
        (KeepsIdsAsTheyAre, "one backup of your table"),
    ],
}
