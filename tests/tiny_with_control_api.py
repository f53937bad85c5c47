"""`labserver.tiny` as the tests start it: with an end (its standard input's), a control API (clock, key,
rows), and passwords that are quick to check.

This control API is the tests' own. It reaches what the views close over, so that tiny itself needs no way in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import inspect
import json
import math
import secrets
import sys
import threading
import time
from datetime import datetime, tzinfo
from typing import Any

import jwt.api_jwt
from argon2 import PasswordHasher
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

from labserver import tiny
from tests.quick_passwords import MEMORY_KIB, PASSES


class Clock:
    """Takes the place of the module `time` in tiny, and of the clock by which PyJWT checks `exp`."""

    def __init__(self) -> None:
        self.offset, self.held = 0.0, 0.0

    def time(self) -> float:
        return self.held or time.time() + self.offset


def add_control_api(app: Flask) -> None:
    """Add the paths of the control API that the tests of tiny's operations use."""
    clock = Clock()

    class Shown(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Shown:
            return cls.fromtimestamp(clock.time(), tz)

    for module, name, value in ((tiny, "time", clock), (jwt.api_jwt, "datetime", Shown)):
        setattr(module, name, value)
    sql = inspect.getclosurevars(app.view_functions["session_logout"]).nonlocals["sql"]
    key = inspect.getclosurevars(app.view_functions["token_login"]).nonlocals["key"]

    @app.post("/lab/reset")
    def reset() -> tuple[str, int]:
        clock.offset = clock.held = 0.0
        sql("DELETE FROM sessions")
        sql("UPDATE users SET email = username || '@example.org'")
        return "", 204

    @app.post("/lab/clock")
    def move() -> dict[str, Any]:
        body = request.get_json()
        if body.get("hold"):
            clock.held = float(math.ceil(clock.time()))
        clock.offset += body["advance"]
        clock.held += body["advance"] if clock.held else 0
        return {}

    @app.post("/lab/sign")
    def sign() -> Any:
        body = request.get_json()
        signed = hmac.digest(key, f"{body['header']}.{body['payload']}".encode(), hashlib.sha256)
        return jsonify(signature=base64.urlsafe_b64encode(signed).decode().rstrip("="))

    @app.get("/lab/state")
    def state() -> Any:
        return jsonify(ids=json.loads(sql("SELECT json_group_array(id) FROM sessions")[0]))


def main() -> None:
    """Serve tiny with its control API, until standard input closes."""
    passwords = {name: secrets.token_urlsafe(12) for name in ("ada", "mallory")}
    tiny.HASHER = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
    app = tiny.create_app(passwords)
    add_control_api(app)
    with make_server("127.0.0.1", 0, app, threaded=True) as server:
        users = {name: {"password": password, "role": "user"} for name, password in passwords.items()}
        message = {"url": f"http://127.0.0.1:{server.port}", "users": users, "lab_key": "any", "ca": None}
        print(json.dumps(message), flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
