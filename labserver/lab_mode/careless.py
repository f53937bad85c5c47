"""A server as a first tutorial would write it: Flask's defaults, and ids for visitors by rules of its own.

`python -m labserver.lab_mode.careless` prints `{"url": …}` once it answers, and ends when standard input
closes. It has no account and nothing worth stealing: it is there so that claims about such servers can be
tried. This machine alone can reach it.
"""

from __future__ import annotations

import itertools
import json
import random
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from flask import Flask, jsonify, request, session
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
    server = make_server("127.0.0.1", 0, create_app(), threaded=True, request_handler=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ready(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}))
    sys.stdout.flush()
    while sys.stdin.buffer.read(4096):
        pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
