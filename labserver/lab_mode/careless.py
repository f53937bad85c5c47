"""A server as a first tutorial would write it: Flask's defaults, and ids for visitors by rules of its own.

`python -m labserver.lab_mode.careless` prints `{"url": …, "second": …}` once it answers, at two ports, and
ends when standard input closes. It has no account and nothing worth stealing: claims about such servers are
tried on it. Only this machine can reach it, under any name.
"""

from __future__ import annotations

import itertools
import json
import random
import secrets
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from flask import Blueprint, Flask, jsonify, request, session
from flask.typing import ResponseReturnValue
from werkzeug.serving import WSGIRequestHandler, make_server

COOKIE, SECONDS = "visitor", 1
"""The cookie of a visitor, and how long a browser is asked to keep it. The server itself forgets nobody."""


def rules() -> dict[str, Iterator[str]]:
    """Return the ways to make ids. They have 64 characters; those of `random` have 32."""
    generator = random.Random()  # noqa: S311 - a claim says that this will do
    return {
        "counter": (f"{number:064d}" for number in itertools.count(1001)),
        "hashed": (sha256(str(number).encode()).hexdigest() for number in itertools.count(1001)),
        "random": (f"{generator.getrandbits(128):032x}" for _ in itertools.count()),
        "secrets": (secrets.token_hex(32) for _ in itertools.count()),
    }


def create_app() -> Flask:
    """Build the application."""
    app = Flask(__name__, static_folder=None)
    app.secret_key = secrets.token_bytes(32)
    app.register_blueprint(shop())
    ids, lock, visitors = rules(), threading.Lock(), dict[str, dict[str, str]]()

    @app.post("/login")
    def login() -> ResponseReturnValue:
        """Log anybody in; the password is left out, as it proves nothing here."""
        session["user"] = request.get_json()["username"]
        return jsonify(user=session["user"])

    @app.get("/me")
    def me() -> ResponseReturnValue:
        """Say who is logged in."""
        return jsonify(user=session["user"]) if "user" in session else (jsonify(error="nobody"), 401)

    @app.post("/logout")
    def logout() -> ResponseReturnValue:
        """Log out, as Flask's documentation does it."""
        session.pop("user", None)
        return "", 204

    @app.post("/visit/<rule>")
    def visit(rule: str) -> ResponseReturnValue:
        """Give a new visitor an id, made by this rule."""
        with lock:  # an iterator is not safe in two threads at once
            visitor = next(ids[rule])
            visitors[visitor] = {"name": request.headers["User-Agent"], "address": address()}
        answer = jsonify(name=visitors[visitor]["name"])
        answer.set_cookie(COOKIE, visitor, max_age=SECONDS, httponly=True)
        return answer

    @app.get("/who")
    @app.get("/bound/who")
    def who() -> ResponseReturnValue:
        """Say whose id this is; below /bound only if it comes from the address to which it was given."""
        visitor = visitors.get(request.cookies.get(COOKIE, ""))
        moved = request.path.startswith("/bound") and visitor and visitor["address"] != address()
        return jsonify(name=visitor["name"]) if visitor and not moved else (jsonify(error="nobody"), 401)

    return app


def shop() -> Blueprint:
    """Build what browsers are sent to: a page, a cookie, and a change that asks for the cookie alone."""
    views, seen = Blueprint("shop", __name__), Counter[str]()

    @views.get("/page")
    def page() -> ResponseReturnValue:
        """Show an empty page, for scripts to run in."""
        return "<!doctype html><html lang=en><title>A page</title><main id=page>A page</main>"

    @views.post("/shop/login")
    def login() -> ResponseReturnValue:
        """Log anybody in, with a cookie as good as cookies get over http."""
        answer = jsonify(user="ada")
        answer.set_cookie("shop", secrets.token_hex(16), httponly=True, samesite="Lax")
        return answer

    @views.route("/shop/change", methods=["GET", "POST"])
    def change() -> ResponseReturnValue:
        """Change something for anybody who brings the cookie; count it."""
        seen["changes"] += "shop" in request.cookies
        return "<!doctype html><html lang=en><title>Done</title><main id=done>Done</main>"

    @views.route("/shop/api", methods=["GET", "OPTIONS"], provide_automatic_options=False)
    def api() -> ResponseReturnValue:
        """Count the requests that bring a token, and the browsers' questions before them."""
        seen["questions"] += request.method == "OPTIONS"
        seen["tokens"] += "Authorization" in request.headers
        return jsonify(seen)

    @views.get("/shop/seen")
    def counted() -> ResponseReturnValue:
        """Say how many changes, tokens and questions came, and which cookies came along now."""
        return jsonify({**seen, "cookies": sorted(request.cookies)})

    return views


def address() -> str:
    """Return where a request comes from, as a proxy in front of the server would write it down."""
    return request.headers.get("X-Forwarded-For", str(request.remote_addr))


class Silent(WSGIRequestHandler):
    """A handler that writes no log, and keeps connections."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write nothing."""


def main(ready: Callable[[str], object] = print) -> int:
    """Serve until standard input closes."""
    urls, app = {}, create_app()
    for name in ("url", "second"):
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        urls[name] = f"http://127.0.0.1:{server.server_port}"
    ready(json.dumps(urls))
    sys.stdout.flush()
    while sys.stdin.buffer.read(4096):
        pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
