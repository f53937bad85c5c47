"""Solutions of 07: an origin check, a CSRF check, and a session store."""

import hashlib
import hmac
import random
import secrets
from typing import Any

Headers = dict[str, str]

SAFE = ("GET", "HEAD", "OPTIONS")


def allowed(method: str, headers: Headers, own_origin: str) -> bool:
    """Take a change unless one of the two headers is there and speaks against it."""
    if method in SAFE:
        return True
    sent = {name.lower(): value for name, value in headers.items()}
    by_our_page = sent.get("sec-fetch-site", "none") in ("same-origin", "none")
    return by_our_page and sent.get("origin", own_origin) == own_origin


def csrf_token(session_id: str, key: bytes) -> str:
    return hmac.new(key, session_id.encode(), "sha256").hexdigest()


def csrf_ok(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    """Compare all of what came with the session's own token, in constant time."""
    if method in SAFE:
        return True
    return hmac.compare_digest((sent or "").encode(), csrf_token(session_id, key).encode())


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


solution = {"07-allowed": allowed, "07-csrf-ok": csrf_ok, "07-SessionStore": SessionStore}


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


def knows_one_house_only(method: str, headers: Headers, own_origin: str) -> bool:
    return allowed(method, headers, "https://shop.example")


def takes_the_headers_away(method: str, headers: Headers, own_origin: str) -> bool:
    right = allowed(method, headers, own_origin)
    headers.pop("Origin", None)
    return right


def takes_no_token(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return method in SAFE


def leaves_the_session_out(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return csrf_ok(method, sent, "", key)


def asks_only_if_one_came(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return sent is None or csrf_ok(method, sent, session_id, key)


def takes_the_empty_one(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return sent == "" or csrf_ok(method, sent, session_id, key)


def asks_only_that_it_is_there(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return method in SAFE or bool(sent)


def takes_whatever_looks_like_one(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    hexadecimal = sent is not None and len(sent) == 64 and not set(sent) - set("0123456789abcdef")
    return method in SAFE or hexadecimal


def takes_the_beginning(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return method in SAFE or (bool(sent) and csrf_token(session_id, key).startswith(str(sent)))


def compares_as_text(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return method in SAFE or hmac.compare_digest(sent or "", csrf_token(session_id, key))


def compares_by_equals(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return method in SAFE or sent == csrf_token(session_id, key)


def compares_bytes_by_equals(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return method in SAFE or (sent or "").encode() == csrf_token(session_id, key).encode()


def forgets_the_other_methods(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return method != "POST" or csrf_ok(method, sent, session_id, key)


def wants_one_always(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return csrf_ok("POST", sent, session_id, key)


def knows_get_only(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return csrf_ok("POST" if method != "GET" else method, sent, session_id, key)


def knows_one_key_only(method: str, sent: str | None, session_id: str, key: bytes) -> bool:
    return csrf_ok(method, sent, session_id, b"known to the server only")


def says_it_with_the_token(method: str, sent: str | None, session_id: str, key: bytes) -> bool | str | None:
    return sent if csrf_ok(method, sent, session_id, key) else False


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


class KnowsOneHouseOnly(SessionStore):
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
        (knows_one_house_only, "the check must work for every server"),
        (takes_the_headers_away, "the arguments were changed"),
    ],
    "07-csrf-ok": [
        (takes_no_token, "own token has to be taken"),
        (leaves_the_session_out, "own token has to be taken"),
        (asks_only_if_one_came, "The plainest forgery got in"),
        (takes_the_empty_one, "must not pass for one with the empty one"),
        (asks_only_that_it_is_there, "is no secret"),
        (takes_whatever_looks_like_one, "bound to the session"),
        (takes_the_beginning, "eight are enough to guess"),
        (compares_as_text, "A crash is a 500"),
        (compares_by_equals, "its time can tell how many were right"),
        (compares_bytes_by_equals, "its time can tell how many were right"),
        (forgets_the_other_methods, "ends Ada's sessions"),
        (wants_one_always, "GET changes nothing, so it needs no token"),
        (knows_get_only, "HEAD and OPTIONS change nothing either"),
        (knows_one_key_only, "the tokens of the new one count"),
        (says_it_with_the_token, "which is a str"),
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
        (KnowsOneHouseOnly, "after 60 s of silence"),
        (HasNoAbsoluteLimit, "a thief keeps a copy for ever"),
        (ForgetsToDelete, "with the clock set back"),
        (KeepsIdsAsTheyAre, "one backup of your table"),
    ],
}
