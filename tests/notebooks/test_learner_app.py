"""A learner's web app is called as a browser calls it, and whatever it does ends in a verdict."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from flask import Flask, abort, request

from labserver.kit.exercises.check import check
from labserver.kit.exercises.learner_app import LearnerApp, SetCookie
from tests.notebooks.solutions import load


@pytest.mark.parametrize(
    ("line", "name", "value", "attributes"),
    [
        ("sid=k7; Path=/; Secure", "sid", "k7", {"path": "/", "secure": ""}),
        ("dark; Secure=false", "", "dark", {"secure": "false"}),
        (" sid = a=b ;PATH=/x; Path = / ", "sid", "a=b", {"path": "/"}),
    ],
)
def test_a_cookie_is_read_as_a_browser_reads_it(
    line: str, name: str, value: str, attributes: dict[str, str]
) -> None:
    assert SetCookie.read(line) == SetCookie(name, value, attributes)


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ("sid=k7", True),
        ("__Host-sid=k7; Secure; Path=/", True),
        ("__host-sid=k7; Path=/", False),
        ("__Host-sid=k7; Secure; Path=/shop", False),
        ("__Host-sid=k7; Secure; Path=/; Domain=shop.example", False),
    ],
)
def test_a_host_cookie_is_accepted_only_as_the_prefix_says(line: str, accepted: bool) -> None:
    assert SetCookie.read(line).accepted is accepted


@pytest.mark.parametrize(
    ("line", "deletes"),
    [
        ("sid=; Max-Age=0", True),
        ("sid=; Max-Age=-1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", True),
        ("sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("sid=; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("sid=", False),
    ],
)
def test_a_cookie_is_thrown_away_when_its_time_is_over(line: str, deletes: bool) -> None:
    assert SetCookie.read(line).deletes is deletes


def test_an_app_is_asked_over_tls_and_stores_no_cookie_between_requests() -> None:
    app = Flask("app")

    @app.get("/")
    def root() -> Any:
        answer = app.make_response(f"{request.is_secure} {request.cookies.get('sid', 'none')}")
        answer.set_cookie("sid", "k7")
        return answer

    called = LearnerApp(app)
    assert called.ask("GET", "/").text == "True none"
    assert called.ask("GET", "/").text == "True none"
    assert called.ask("GET", "/", Cookie="sid=mine").text == "True mine"


def test_a_crash_names_the_learners_own_line() -> None:
    empty: dict[str, str] = {}

    def make_api(verify: Any) -> Flask:
        app = Flask("api")

        @app.get("/me")
        def me() -> Any:
            return {"user": empty["sub"]}

        return app

    verdict = check("03-make-api", make_api)
    assert "KeyError: 'sub' (line " in verdict.got
    assert '`return {"user": empty["sub"]}`' in verdict.got


def unwritten() -> Any: ...


def test_a_login_without_a_cookie_is_reported() -> None:
    def make_shop(password_ok: Any, sessions: dict[str, str]) -> Flask:
        app = Flask("shop")
        app.post("/login")(lambda: {"user": "ada"})
        return app

    assert "POST /login answered 200 and set no cookie" in check("02-make-shop", make_shop).got


def test_a_route_without_an_answer_is_not_written_yet_and_says_which() -> None:
    def make_api(verify: Any) -> Flask:
        app = Flask("api")
        app.get("/me")(unwritten)
        app.get("/admin", endpoint="admin")(unwritten)
        return app

    verdict = check("03-make-api", make_api)
    assert verdict.state == "not written yet"
    assert "GET /me returns nothing yet" in verdict.note


def test_a_route_that_never_answers_is_stopped() -> None:
    def make_login(hashes: Any, decoy: str, matches: Any) -> Flask:
        app = Flask("login")

        @app.post("/login")
        def login() -> Any:
            while True:
                time.sleep(0.01)

        return app

    assert "no answer within 0.3 seconds" in check("01-make-login", make_login, seconds=0.3).got


def test_the_request_comes_over_a_socket_and_nothing_is_left_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    app = Flask("app")
    seen: dict[str, Any] = {}

    @app.post("/x")
    def page() -> Any:
        seen.update(request.environ, body=request.get_json(), host=request.host, here=threading.get_ident())
        return {"good": True}, 201, {"X-Own": "yes"}

    before = threading.active_count()
    answer = LearnerApp(app).ask("POST", "/x?y=1", {"a": 1}, Origin="https://shop.example")
    assert (answer.status, answer.body, answer.header("x-own")) == (201, {"good": True}, "yes")
    assert answer.header("Date") == answer.header("Server") == ""
    assert seen["SERVER_SOFTWARE"].startswith("WSGIServer") and seen["REMOTE_ADDR"] == "127.0.0.1"
    assert (seen["body"], seen["host"], seen["QUERY_STRING"]) == ({"a": 1}, "shop.example", "y=1")
    assert seen["HTTP_ORIGIN"] == "https://shop.example"
    assert seen["here"] == threading.get_ident(), "a sandbox can stop it"
    assert threading.active_count() == before
    assert capfd.readouterr() == ("", "")


def test_what_the_app_raises_arrives_and_is_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    app = Flask("app")

    @app.get("/")
    def page() -> Any:
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        LearnerApp(app).ask("GET", "/")
    assert capfd.readouterr() == ("", "")


def test_a_refusal_of_flask_is_an_answer() -> None:
    app = Flask("app")
    app.get("/")(lambda: abort(403))
    answer = LearnerApp(app).ask("GET", "/")
    assert (answer.status, answer.refused, answer.ok, answer.body) == (403, True, False, None)


@pytest.mark.parametrize(
    ("old", "new"), [("SameSite=Lax", "SameSite=Strict"), ("Path=/", "Path=/; Max-Age=43200; Partitioned")]
)
def test_a_shop_may_choose_another_cookie_that_is_as_safe(old: str, new: str) -> None:
    right = load()[0]["02-make-shop"]

    def make_shop(password_ok: Any, sessions: dict[str, str]) -> Flask:
        app: Flask = right(password_ok, sessions)

        @app.after_request
        def change(answer: Any) -> Any:
            if request.path == "/login" and answer.status_code == 200:
                answer.headers["Set-Cookie"] = answer.headers["Set-Cookie"].replace(old, new)
            return answer

        return app

    assert check("02-make-shop", make_shop).passed


@pytest.mark.parametrize("made", [{}, "app", 200])
def test_what_is_no_app_gets_a_message_how_to_return_one(made: Any) -> None:
    with pytest.raises(TypeError, match="end with `return app`"):
        LearnerApp(made)
