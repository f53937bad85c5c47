"""Solutions of 01: find what gives a user away, and a login that gives nothing away."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, jsonify, request

Answer = dict[str, Any]
Hashes = dict[str, str]
Matches = Callable[[str, str], bool]


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


def make_login(hashes: Hashes, decoy: str, matches: Matches) -> Flask:
    """Check one hash in every case, and refuse in one way."""
    app = Flask("login")

    @app.post("/login")
    def login() -> Response:
        body = request.get_json()
        username, password = (
            (body.get("username"), body.get("password")) if isinstance(body, dict) else (0, 0)
        )
        if not isinstance(username, str) or not isinstance(password, str):
            abort(400)
        fits = matches(hashes.get(username, decoy), password)
        if not fits or username not in hashes:
            abort(401)
        return jsonify(user=username)

    return app


solution = {"01-what-leaks": what_leaks, "01-make-login": make_login}


# --- well-known mistakes ---


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


Decide = Callable[[Hashes, str, Matches, str, str], Any]


def _login(name: str, decide: Decide) -> Callable[[Hashes, str, Matches], Flask]:
    """Build a login that reads the body rightly, and decides in another way."""

    def build(hashes: Hashes, decoy: str, matches: Matches) -> Flask:
        app = make_login(hashes, decoy, matches)

        def view() -> Any:
            body = request.get_json()
            if not isinstance(body, dict) or not all(isinstance(text, str) for text in body.values()):
                abort(400)
            if len(body) != 2:
                abort(400)
            return decide(hashes, decoy, matches, body["username"], body["password"])

        app.view_functions["login"] = view
        return app

    build.__name__ = name
    return build


def _user_if(fits: bool, username: str, status: int = 401) -> Response:
    if not fits:
        abort(status)
    return jsonify(user=username)


def _says_why(hashes: Hashes, decoy: str, matches: Matches, username: str, password: str) -> Any:
    if not matches(hashes.get(username, decoy), password):
        abort(401, "wrong password" if username in hashes else "no such user")
    return jsonify(user=username)


def _answers_404(hashes: Hashes, decoy: str, matches: Matches, username: str, password: str) -> Any:
    fits = matches(hashes.get(username, decoy), password)
    return _user_if(username in hashes and fits, username, 401 if username in hashes else 404)


def _asks_no_hash(hashes: Hashes, decoy: str, matches: Matches, username: str, password: str) -> Any:
    return _user_if(username in hashes and matches(hashes[username], password), username)


def _lets_the_decoy_in(hashes: Hashes, decoy: str, matches: Matches, username: str, password: str) -> Any:
    return _user_if(matches(hashes.get(username, decoy), password), username)


def _tries_every_hash(hashes: Hashes, decoy: str, matches: Matches, username: str, password: str) -> Any:
    return _user_if(any([matches(one, password) for one in hashes.values()]), username)


def _takes_403(hashes: Hashes, decoy: str, matches: Matches, username: str, password: str) -> Any:
    fits = matches(hashes.get(username, decoy), password)
    return _user_if(fits and username in hashes, username, 403)


def _refuses_all(hashes: Hashes, decoy: str, matches: Matches, username: str, password: str) -> Any:
    abort(401)


def reads_the_address_too(hashes: Hashes, decoy: str, matches: Matches) -> Flask:
    app = make_login(hashes, decoy, matches)

    @app.get("/login")
    def by_address() -> Response:
        name, password = request.args["username"], request.args["password"]
        return _user_if(name in hashes and matches(hashes[name], password), name)

    return app


def _checks_twice(hashes: Hashes, decoy: str, matches: Matches, username: str, password: str) -> Any:
    fits = username in hashes and matches(hashes[username], password)
    if username not in hashes:
        matches(decoy, password)
        matches(decoy, password)
    return _user_if(fits, username)


def answers_500_to_nonsense(hashes: Hashes, decoy: str, matches: Matches) -> Flask:
    app = make_login(hashes, decoy, matches)
    right = app.view_functions["login"]

    def login() -> Any:
        body = request.get_json()
        return right() if isinstance(body, dict) and len(body) == 2 else abort(500)

    app.view_functions["login"] = login
    return app


def expects_an_honest_body(hashes: Hashes, decoy: str, matches: Matches) -> Flask:
    app = make_login(hashes, decoy, matches)

    def login() -> Response:
        body = request.get_json()
        fits = matches(hashes.get(body["username"], decoy), body["password"])
        return _user_if(fits and body["username"] in hashes, body["username"])

    app.view_functions["login"] = login
    return app


wrong = {
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
    "01-make-login": [
        (_login("refuses_all", _refuses_all), "Ada's own password must let her in"),
        (_login("takes_403", _takes_403), "I do not know who you are"),
        (_login("tries_every_hash", _tries_every_hash), "The password of Grace opened the account of Ada"),
        (_login("says_why", _says_why), "different: body"),
        (_login("answers_404", _answers_404), "anybody can ask this login who has an account"),
        (_login("asks_no_hash", _asks_no_hash), "Check the decoy instead"),
        (_login("checks_twice", _checks_twice), "password checks: 2"),
        (_login("lets_the_decoy_in", _lets_the_decoy_in), "must never open anything"),
        (reads_the_address_too, "Addresses end up in logs"),
        (expects_an_honest_body, "Anybody can send anything"),
        (answers_500_to_nonsense, "500 for"),
    ],
}
