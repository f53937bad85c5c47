"""Log in with a session, or with a token: both flows in one file. Read this first.

    python -m labserver.tiny    # prints its address and two users, and serves until Ctrl-C

Paths, bodies and status codes are the full server's, of which this is a part. What is left out, and where in
`labserver/` it is added:

- auth/sessions: ids stored as hashes; an idle limit; a login ends the session that the browser had before
- auth/tokens: one encoding per token; `typ`; key ids, so that a key can be replaced
- auth/refresh: new access tokens without the password
- auth/denylist: ending a token before it expires
- auth/throttle: a wait after ten wrong passwords
- web/carriers: no two credentials in one request
- web/csrf: no change that another origin's page asks for
- web/middleware: a largest body; known hosts only; security headers
- web/schemas: the form and the length of each field
- web/routes: the other paths: devices, log out everywhere, a new password, the grid, the pages, and more
- formats/strict_json: no body with two meanings; no 500 for a body that makes no sense
- storage: sessions that outlive the process, or are shared by several
- runtime: a web server for production, and TLS
"""

import argparse
import json
import secrets
import sqlite3
import time
from typing import Any

import jwt
from argon2 import PasswordHasher, exceptions
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

SESSION_SECONDS, TOKEN_SECONDS = 12 * 3600, 15 * 60
ISSUER, AUDIENCE, ALGORITHM = "labserver", "labserver-api", "HS256"
CLAIMS: jwt.types.Options = {"require": ["iss", "aud", "sub", "iat", "exp", "jti"]}
CODES = {400: "invalid_request", 404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type"}
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # Argon2id, as OWASP recommends


class Refused(HTTPException):
    """A refusal: its status, a code for programs and a sentence for people."""

    def __init__(self, status: int, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.reason = status, reason


def create_app(passwords: dict[str, str]) -> Flask:
    """Build the server: these users, a database in memory, a new key for signing."""
    app, key, decoy = Flask(__name__), secrets.token_bytes(32), HASHER.hash(secrets.token_hex())
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    database.row_factory = sqlite3.Row

    def sql(statement: str, *values: object) -> Any:
        return database.execute(statement, values).fetchone()

    sql("CREATE TABLE users (username PRIMARY KEY, role, email, password)")
    sql("CREATE TABLE sessions (id PRIMARY KEY, username, csrf_token, expires)")
    for name, password in passwords.items():
        sql("INSERT INTO users VALUES (?, 'user', ?, ?)", name, f"{name}@example.org", HASHER.hash(password))

    @app.errorhandler(HTTPException)
    def explain(exc: HTTPException) -> Response:
        """Answer with problem details (RFC 9457), and with a challenge if it is a 401 (RFC 9110, 11.6.1)."""
        code = exc.reason if isinstance(exc, Refused) else CODES.get(exc.code or 500, "internal_error")
        body = dict(type="about:blank", title=exc.name, status=exc.code, detail=exc.description, code=code)
        answer = Response(json.dumps(body), exc.code, exc.get_headers(), "application/problem+json")
        if exc.code == 401:
            scheme = "Bearer" if request.path.startswith("/token/") else "Cookie"
            why = ', error="invalid_token"' if code == "invalid_token" else ""
            answer.headers["WWW-Authenticate"] = f'{scheme} realm="labserver"{why}'
        return answer

    def read(*names: str) -> list[str]:
        """Read texts from the body. It has to be JSON, which a form on another site's page cannot send."""
        body = request.get_json()
        if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in names):
            raise Refused(400, "invalid_request", f"Send a JSON object with text in {' and '.join(names)}.")
        return [body[name] for name in names]

    def check_password() -> str:
        username, password = read("username", "password")
        user = sql("SELECT password FROM users WHERE username = ?", username)
        try:  # For an unknown name too, or the time would tell which names are known.
            HASHER.verify(user["password"] if user else decoy, password)
        except exceptions.VerifyMismatchError:
            raise Refused(401, "invalid_credentials", "The user name or the password is wrong.") from None
        return username

    def profile(username: str) -> dict[str, str]:
        return dict(sql("SELECT username, role, email FROM users WHERE username = ?", username))

    def change_email(username: str) -> Response:
        sql("UPDATE users SET email = ? WHERE username = ?", *read("email"), username)
        return jsonify(user=profile(username))

    # With a session: the client holds an id that means nothing; the server looks up what it stands for.

    def check_session(change: bool = False) -> tuple[str, str, int]:
        cookie, sent = request.cookies.get("sid"), request.headers.get("X-CSRF-Token", "")
        session = sql("SELECT * FROM sessions WHERE id = ? AND expires > ?", cookie, time.time())
        if session is None:
            raise Refused(401, "no_session", "No live session comes with this request. Log in first.")
        # A browser adds the cookie by itself, even if a page of another site makes it send the request.
        if change and not secrets.compare_digest(sent.encode(), session["csrf_token"].encode()):
            raise Refused(403, "csrf_failed", "A change needs the session's own CSRF token in X-CSRF-Token.")
        return session["username"], session["csrf_token"], int(session["expires"] - time.time())

    @app.post("/session/login")
    def session_login() -> Response:
        username, expires = check_password(), time.time() + SESSION_SECONDS
        session_id, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        sql("INSERT INTO sessions VALUES (?, ?, ?, ?)", session_id, username, csrf_token, expires)
        answer = jsonify(user=profile(username), csrf_token=csrf_token, expires_in=SESSION_SECONDS)
        answer.set_cookie("sid", session_id, SESSION_SECONDS, httponly=True, samesite="Lax")
        return answer

    @app.get("/session/me")
    def session_me() -> Response:
        username, csrf_token, seconds = check_session()
        return jsonify(user=profile(username), csrf_token=csrf_token, expires_in=seconds)

    @app.post("/session/email")
    def session_email() -> Response:
        return change_email(check_session(change=True)[0])

    @app.post("/session/logout")
    def session_logout() -> Response:
        check_session(change=True)
        sql("DELETE FROM sessions WHERE id = ?", request.cookies["sid"])
        answer = Response(status=204)
        answer.delete_cookie("sid", httponly=True, samesite="Lax")
        return answer

    # With a token: the client holds a signed statement; the server checks the signature and looks nothing up.

    def check_token() -> tuple[str, int]:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(401, "no_token", "Send an access token: Authorization: Bearer <token>.")
        try:
            claims = jwt.decode(token, key, [ALGORITHM], CLAIMS, audience=AUDIENCE, issuer=ISSUER)
        except jwt.InvalidTokenError:
            raise Refused(401, "invalid_token", "The token is not valid (any more). Log in again.") from None
        return claims["sub"], int(claims["exp"] - time.time())

    @app.post("/token/login")
    def token_login() -> Response:
        username, now = check_password(), int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": username, "jti": secrets.token_urlsafe(16)}
        times = {"iat": now, "exp": now + TOKEN_SECONDS}
        token = jwt.encode(claims | times, key, ALGORITHM, headers={"typ": "at+jwt"})
        return jsonify({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    @app.get("/token/me")
    def token_me() -> Response:
        username, seconds = check_token()
        return jsonify(user=profile(username), expires_in=seconds)

    @app.post("/token/email")
    def token_email() -> Response:
        return change_email(check_token()[0])

    # There is no /token/logout: the server holds nothing that it could delete. The client forgets its token.
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve both flows on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    passwords = {name: secrets.token_urlsafe(12) for name in ("ada", "mallory")}
    server = make_server("127.0.0.1", parser.parse_args().port, create_app(passwords), threaded=True)
    users = {name: {"password": password, "role": "user"} for name, password in passwords.items()}
    print(json.dumps({"url": f"http://127.0.0.1:{server.port}", "users": users}), flush=True)
    server.serve_forever()
