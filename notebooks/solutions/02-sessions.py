"""Solutions of 02: is this session live; a shop with a login; read a Set-Cookie line."""

import itertools
import random
import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, jsonify, request

Attributes = dict[str, str | bool]
Cookie = tuple[str, str, Attributes]
Session = dict[str, int]
Check = Callable[[object, object], bool]


def read_set_cookie(line: str) -> Cookie:
    """Divide at every `;`, then each part at its first `=`; without one, the first pair has no name."""
    pair, *parts = line.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    attributes: Attributes = {}
    for part in parts:
        key, _, text = part.partition("=")
        key = key.strip().lower()
        attributes[key] = True if key in ("secure", "httponly") else text.strip()
    return name.strip(), value.strip(), attributes


def is_live(session: Session, now: int, idle: int, absolute: int) -> bool:
    """Hold both limits; each one counts from its own time."""
    return now - session["last_used"] < idle and now - session["created"] < absolute


def make_shop(password_ok: Check, sessions: dict[str, str]) -> Flask:
    """Hold the whole flow: the id is made at the login, asked for at the page, and ended at the logout."""
    app = Flask("shop")

    def current() -> str:
        return request.cookies.get("__Host-sid", "")

    @app.post("/login")
    def login() -> Response:
        body = request.get_json()
        if not isinstance(body, dict) or not password_ok(body.get("username"), body.get("password")):
            abort(401)
        sessions.pop(current(), None)  # the id that came with the request ends
        new_id = secrets.token_urlsafe(32)
        sessions[new_id] = body["username"]
        answer = jsonify(user=body["username"])
        answer.set_cookie("__Host-sid", new_id, secure=True, httponly=True, samesite="Lax")
        return answer

    @app.get("/me")
    def me() -> Response:
        if current() not in sessions:
            abort(401)
        return jsonify(user=sessions[current()])

    @app.post("/logout")
    def logout() -> Response:
        sessions.pop(current(), None)
        answer = Response(status=204)
        answer.delete_cookie("__Host-sid", secure=True, httponly=True, samesite="Lax")
        return answer

    return app


solution = {"02-is-live": is_live, "02-make-shop": make_shop, "02-read-set-cookie": read_set_cookie}


# --- well-known mistakes ---


def keeps_no_attributes(line: str) -> Cookie:
    name, value, _ = read_set_cookie(line)
    return name, value, {}


def _divided(line: str) -> tuple[str, str, list[tuple[str, str, str]]]:
    first, *rest = (part.strip() for part in line.split(";"))
    name, _, value = first.partition("=")
    return name, value, [part.partition("=") for part in rest]


def gives_flags_an_empty_text(line: str) -> Cookie:
    name, value, parts = _divided(line)
    return name, value, {key.lower(): text for key, _, text in parts}


def expects_every_part_to_have_a_value(line: str) -> Cookie:
    first, *rest = (part.strip() for part in line.split(";"))
    attributes: Attributes = {}
    for part in rest:
        key, text = part.split("=", 1)
        attributes[key.lower()] = text
    name, _, value = first.partition("=")
    return name, value, attributes


def reads_the_value_of_a_flag(line: str) -> Cookie:
    name, value, parts = _divided(line)
    return name, value, {key.lower(): text if equals else True for key, equals, text in parts}


def keeps_the_case(line: str) -> Cookie:
    name, value, parts = _divided(line)
    flags = ("secure", "httponly")
    return name, value, {key: True if key.lower() in flags else text for key, _, text in parts}


def lowers_everything(line: str) -> Cookie:
    name, value, attributes = read_set_cookie(line)
    return name.lower(), value, attributes


def divides_at_every_equals_sign(line: str) -> Cookie:
    name, value, attributes = read_set_cookie(line)
    return name, value.split("=")[0], attributes


def takes_the_whole_pair_for_a_name(line: str) -> Cookie:
    name, value, attributes = read_set_cookie(line)
    return (name, value, attributes) if name else (value, "", attributes)


def wants_a_blank(line: str) -> Cookie:
    name, value, attributes = read_set_cookie(line.replace(";", "; ").replace(";  ", "; "))
    return name, value if " = " not in line else f" {value}", attributes


def divides_at_the_comma(line: str) -> Cookie:
    return read_set_cookie(line.split(",")[0])


def keeps_the_first(line: str) -> Cookie:
    name, value, _ = read_set_cookie(line)
    parts = line.split(";")
    return name, value, read_set_cookie(";".join([parts[0], *reversed(parts[1:])]))[2]


def lets_the_limit_itself_pass(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] <= idle and now - session["created"] <= absolute


def stops_a_second_early(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < idle - 1 and now - session["created"] < absolute


def ends_a_second_early(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < idle and now - session["created"] < absolute - 1


def knows_the_idle_limit_only(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < idle


def knows_the_absolute_limit_only(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["created"] < absolute


def counts_idle_from_the_login(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["created"] < min(idle, absolute)


def takes_either_limit(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < idle or now - session["created"] < absolute


def knows_one_shop_only(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < 30 * 60 and now - session["created"] < 12 * 3600


def touches_the_session(session: Session, now: int, idle: int, absolute: int) -> bool:
    live = is_live(session, now, idle, absolute)
    session["last_used"] = now
    return live


def counts_what_is_left(session: Session, now: int, idle: int, absolute: int) -> int:
    return max(0, min(session["last_used"] + idle, session["created"] + absolute) - now)


Build = Callable[[Check, dict[str, str]], Flask]


def _shop(name: str, change: Callable[[Flask, Check, dict[str, str]], None]) -> Build:
    """Take the right shop, and change one thing in it."""

    def build(password_ok: Check, sessions: dict[str, str]) -> Flask:
        app = make_shop(password_ok, sessions)
        change(app, password_ok, sessions)
        return app

    build.__name__ = name
    return build


def _cookie_text(name: str, old: str, new: str, path: str = "/login") -> Build:
    """Change the text of the cookie that one route sets."""

    def change(app: Flask, *_: Any) -> None:
        @app.after_request
        def spoil(answer: Response) -> Response:
            if request.path == path and "Set-Cookie" in answer.headers:
                answer.headers["Set-Cookie"] = answer.headers["Set-Cookie"].replace(old, new)
            return answer

    return _shop(name, change)


def _with_ids(name: str, new_id: Callable[[str], str], end_old: bool = True) -> Build:
    """Log in with ids that are made in another way."""

    def change(app: Flask, password_ok: Check, sessions: dict[str, str]) -> None:
        def login() -> Response:
            body = request.get_json()
            if not isinstance(body, dict) or not password_ok(body.get("username"), body.get("password")):
                abort(401)
            came_with = request.cookies.get("__Host-sid", "")
            if end_old:
                sessions.pop(came_with, None)
            session_id = new_id(came_with)
            sessions[session_id] = body["username"]
            answer = jsonify(user=body["username"])
            answer.set_cookie("__Host-sid", session_id, secure=True, httponly=True, samesite="Lax")
            return answer

        app.view_functions["login"] = login

    return _shop(name, change)


def _fresh(came_with: str) -> str:
    return secrets.token_urlsafe(32)


def _route(name: str, endpoint: str, view: Callable[[dict[str, str]], Any]) -> Build:
    """Answer one route in another way."""

    def change(app: Flask, _: Check, sessions: dict[str, str]) -> None:
        app.view_functions[endpoint] = lambda: view(sessions)

    return _shop(name, change)


def _sid() -> str:
    return request.cookies.get("__Host-sid", "")


def believes_the_name_in_the_cookie(password_ok: Check, sessions: dict[str, str]) -> Flask:
    app = make_shop(password_ok, sessions)
    app.view_functions["me"] = lambda: jsonify(user="ada" if _sid() else abort(401))
    return app


def makes_the_session_first(password_ok: Check, sessions: dict[str, str]) -> Flask:
    app = make_shop(password_ok, sessions)
    right = app.view_functions["login"]

    def login() -> Any:
        sessions[secrets.token_urlsafe(32)] = "ada"
        return right()

    app.view_functions["login"] = login
    return app


def _end(sessions: dict[str, str]) -> None:
    sessions.pop(_sid(), None)


def _forget(sessions: dict[str, str], **attributes: Any) -> Response:
    _end(sessions)
    answer = Response(status=204)
    answer.delete_cookie("__Host-sid", **attributes)
    return answer


def _leave_the_row(sessions: dict[str, str]) -> Response:
    answer = Response(status=204)
    answer.delete_cookie("__Host-sid", secure=True)
    return answer


def _end_all(sessions: dict[str, str]) -> Response:
    sessions.clear()
    return _forget(sessions, secure=True)


def _end_or_crash(sessions: dict[str, str]) -> Response:
    del sessions[request.cookies["__Host-sid"]]
    return _forget(sessions, secure=True)


def _end_only(sessions: dict[str, str]) -> Response:
    _end(sessions)
    return Response(status=204)


_counter = itertools.count(1001)

wrong = {
    "02-is-live": [
        (stops_a_second_early, "One second before the idle limit"),
        (lets_the_limit_itself_pass, "The limit itself is already too late"),
        (knows_the_absolute_limit_only, "The limit itself is already too late"),
        (takes_either_limit, "The limit itself is already too late"),
        (counts_idle_from_the_login, "counts from the last use"),
        (ends_a_second_early, "One second before the absolute limit"),
        (knows_the_idle_limit_only, "a thief keeps a session for ever"),
        (knows_one_shop_only, "The limits are handed in"),
        (touches_the_session, "the arguments were changed"),
        (counts_what_is_left, "which is an int"),
    ],
    "02-make-shop": [
        (lambda password_ok, sessions: Flask("shop"), "404"),
        (lambda password_ok, sessions: sessions, "it should end with `return app`"),
        (_route("shows_nobody", "me", lambda sessions: jsonify(hello="ada")), "Who logs in is recognised"),
        (makes_the_session_first, "leaves nothing behind"),
        (believes_the_name_in_the_cookie, "is there a row for this id"),
        (_route("crashes_for_strangers", "me", lambda rows: jsonify(user=rows[_sid()])), "neither may crash"),
        (_cookie_text("calls_it_sid", "__Host-sid", "sid"), "the cookie is called sid"),
        (_cookie_text("forgets_secure", " Secure;", ""), "a browser refuses it"),
        (_cookie_text("sets_a_domain", "Path=/", "Domain=shop.example; Path=/"), "a browser refuses it"),
        (_cookie_text("forgets_http_only", " HttpOnly;", ""), "each script on the page can read the id"),
        (_cookie_text("forgets_same_site", "; SameSite=Lax", ""), "not every browser adds it"),
        (_cookie_text("lets_every_site_send_it", "SameSite=Lax", "SameSite=None"), "SameSite=None"),
        (_with_ids("counts", lambda _: str(next(_counter))), "Mallory logs in, looks at her own id"),
        (_with_ids("uses_random", lambda _: f"{random.getrandbits(256):064x}"), "gave the same ids"),
        (_with_ids("makes_short_ids", lambda _: secrets.token_hex(8)), "an id has room for 64 bits"),
        (_with_ids("keeps_the_old_session", _fresh, end_old=False), "ends the one that came with"),
        (_with_ids("keeps_the_id", lambda came_with: came_with or _fresh("")), "the planted id gets 200 ada"),
        (
            _with_ids("adopts_invented_ids", lambda id_: id_ if id_[:4] == "mall" else _fresh("")),
            "ids are the server's own choice",
        ),
        (_route("leaves_the_row", "logout", _leave_the_row), "The logout left the row"),
        (_route("ends_everybody", "logout", _end_all), "one id, one row"),
        (_route("leaves_the_cookie", "logout", _end_only), "the cookie stays in the browser"),
        (_route("deletes_without_secure", "logout", _forget), "and keeps the old cookie"),
        (_route("crashes_the_second_time", "logout", _end_or_crash), "a double click logs out twice"),
    ],
    "02-read-set-cookie": [
        (keeps_no_attributes, "tells the browser what to do"),
        (gives_flags_an_empty_text, "being there is the whole message"),
        (expects_every_part_to_have_a_value, "being there is the whole message"),
        (reads_the_value_of_a_flag, "Even `false` switches it on"),
        (keeps_the_case, "a search for one must find the other"),
        (lowers_everything, "keeps its case"),
        (divides_at_every_equals_sign, "only the first one divides"),
        (takes_the_whole_pair_for_a_name, "a browser stores a nameless cookie"),
        (wants_a_blank, "Blanks around `;` and `=` mean nothing"),
        (divides_at_the_comma, "a date long past"),
        (keeps_the_first, "the last one counts"),
    ],
}
