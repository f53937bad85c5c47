"""Solutions of 01: read a password off the wire, and find what tells on a user."""

import base64
from typing import Any

Credentials = tuple[str, str] | None
Answer = dict[str, Any]


def read_basic(authorization: str) -> Credentials:
    """Ask three questions, and say None at the first no."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except ValueError:  # broken Base64 and broken UTF-8 are both one
        return None
    user, colon, password = text.partition(":")
    return (user, password) if colon else None


def what_leaks(wrong_password: Answer, unknown_user: Answer) -> list[str]:
    """Compare part by part; the parts are named in alphabetical order."""

    def headers(answer: Answer) -> dict[str, str]:
        return {name: value for name, value in answer["headers"].items() if name != "Date"}

    leaks = []
    if wrong_password["body"] != unknown_user["body"]:
        leaks.append("body")
    if headers(wrong_password) != headers(unknown_user):
        leaks.append("headers")
    if wrong_password["status"] != unknown_user["status"]:
        leaks.append("status")
    fast, slow = sorted([wrong_password["ms"], unknown_user["ms"]])
    if slow > 2 * fast:
        leaks.append("time")
    return leaks


solution = {"01-read-basic": read_basic, "01-what-leaks": what_leaks}


# --- well-known mistakes ---


def splits_at_every_colon(authorization: str) -> object:
    found = read_basic(authorization)
    return tuple(":".join(found).split(":")) if found else None


def takes_the_last_colon(authorization: str) -> Credentials:
    found = read_basic(authorization)
    if not found:
        return None
    user, _, password = ":".join(found).rpartition(":")
    return user, password


def wants_a_capital(authorization: str) -> Credentials:
    return read_basic(authorization) if authorization.startswith("Basic ") else None


def reads_latin_1(authorization: str) -> Credentials:
    found = read_basic(authorization)
    return (found[0], found[1].encode().decode("latin-1")) if found else None


def takes_any_scheme(authorization: str) -> Credentials:
    return read_basic("Basic " + authorization.split(" ")[-1])


def crashes_without_credentials(authorization: str) -> Credentials:
    scheme, encoded = authorization.split(" ")
    return read_basic(f"{scheme} {encoded}")


def crashes_without_a_colon(authorization: str) -> Credentials:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    user, password = base64.b64decode(encoded).decode().split(":", 1)
    return user, password


def crashes_on_broken_base64(authorization: str) -> Credentials:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    user, colon, password = base64.b64decode(encoded).decode().partition(":")
    return (user, password) if colon else None


def skips_strange_characters(authorization: str) -> Credentials:
    return read_basic(authorization.replace("!", ""))


def crashes_on_other_bytes(authorization: str) -> Credentials:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
    user, colon, password = raw.decode().partition(":")
    return (user, password) if colon else None


def hands_out_a_list(authorization: str) -> object:
    found = read_basic(authorization)
    return list(found) if found else None


def looks_at_the_status_only(one: Answer, other: Answer) -> list[str]:
    return ["status"] if one["status"] != other["status"] else []


def forgets_the_status(one: Answer, other: Answer) -> list[str]:
    return [part for part in what_leaks(one, other) if part != "status"]


def forgets_the_clock(one: Answer, other: Answer) -> list[str]:
    return [part for part in what_leaks(one, other) if part != "time"]


def looks_one_way(one: Answer, other: Answer) -> list[str]:
    return what_leaks(one, {**other, "ms": min(one["ms"], other["ms"])})


def takes_every_tick_for_a_leak(one: Answer, other: Answer) -> list[str]:
    parts = {*what_leaks(one, other), *(["time"] if one["ms"] != other["ms"] else [])}
    return sorted(parts)


def compares_the_date(one: Answer, other: Answer) -> list[str]:
    parts = {*what_leaks(one, other), *(["headers"] if one["headers"] != other["headers"] else [])}
    return sorted(parts)


def looks_up_one_sides_headers(one: Answer, other: Answer) -> list[str]:
    shared = {name: value for name, value in other["headers"].items() if name in one["headers"]}
    return what_leaks(one, {**other, "headers": shared})


def stops_at_the_first(one: Answer, other: Answer) -> list[str]:
    return what_leaks(one, other)[:1]


wrong = {
    "01-read-basic": [
        (splits_at_every_colon, "only the first colon divides"),
        (takes_the_last_colon, "only the first colon divides"),
        (wants_a_capital, "some clients write `basic`"),
        (reads_latin_1, "The bytes are UTF-8"),
        (takes_any_scheme, "Another scheme is somebody else's job"),
        (crashes_without_credentials, "no credentials at all"),
        (crashes_without_a_colon, "Without a colon there is no password"),
        (crashes_on_broken_base64, "never in a crash"),
        (skips_strange_characters, "validate=True"),
        (crashes_on_other_bytes, "not UTF-8"),
        (hands_out_a_list, "which is a list"),
    ],
    "01-what-leaks": [
        (forgets_the_status, "free list of who has an account"),
        (looks_at_the_status_only, "helps the guesser"),
        (forgets_the_clock, "the clock tells"),
        (looks_one_way, "in both directions"),
        (takes_every_tick_for_a_leak, "Times always differ a little"),
        (looks_up_one_sides_headers, "A header on one side alone"),
        (compares_the_date, "`Date` differs between any two answers"),
        (stops_at_the_first, "Name all that tells"),
    ],
}
