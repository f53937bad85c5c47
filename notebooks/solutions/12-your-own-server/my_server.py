"""The capstone's server, hardened: tiny.py with what the eight steps ask for. It is one way among several.

python my_server.py    # prints its address and two users, and serves until Ctrl-C
"""

import argparse
import base64
import hashlib
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

SESSION_SECONDS, IDLE_SECONDS = 12 * 3600, 30 * 60
TOKEN_SECONDS, FAMILY_SECONDS = 15 * 60, 14 * 24 * 3600
FREE_TRIES, WAIT_SECONDS = 10, 60
ISSUER, AUDIENCE, ALGORITHM = "labserver", "labserver-api", "HS256"
CLAIMS: jwt.types.Options = {"require": ["iss", "aud", "sub", "iat", "exp", "jti"]}
CODES = {400: "invalid_request", 404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type"}
TYPE = "at+jwt"
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # Argon2id, as OWASP recommends


class Refused(HTTPException):
    """A refusal: its status, a code for programs and a sentence for people."""

    def __init__(self, status: int, reason: str, sentence: str, wait: int = 0) -> None:
        super().__init__(sentence)
        self.code, self.reason, self.wait = status, reason, wait


def digest(text: str) -> str:
    """Return what the database holds in place of an id: enough to recognise it, and no way back."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def is_canonical(token: str) -> bool:
    """Tell whether this is the one text of a token: three parts, each base64url without padding."""
    parts = token.split(".")
    try:
        again = [
            base64.urlsafe_b64encode(base64.b64decode(part + "=" * (-len(part) % 4), b"-_", True))
            for part in parts
        ]
    except ValueError:
        return False
    return len(parts) == 3 and [text.decode().rstrip("=") for text in again] == parts


def create_app(passwords: dict[str, str]) -> Flask:
    """Build the server: these users, a database in memory, a new key for signing."""
    app, key, decoy = Flask(__name__), secrets.token_bytes(32), HASHER.hash(secrets.token_hex())
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    database.row_factory = sqlite3.Row

    def sql(statement: str, *values: object) -> Any:
        return database.execute(statement, values).fetchone()

    def changed(statement: str, *values: object) -> bool:
        """Run a statement, and tell whether it changed a row: of two at once, one does."""
        return database.execute(statement, values).rowcount == 1

    sql("CREATE TABLE users (username PRIMARY KEY, role, email, password)")
    sql("CREATE TABLE sessions (id PRIMARY KEY, username, csrf_token, expires, used)")
    sql("CREATE TABLE families (id PRIMARY KEY, username, token, expires)")
    sql("CREATE TABLE issued (jti PRIMARY KEY, family, expires)")
    sql("CREATE TABLE denied (jti PRIMARY KEY, expires)")
    sql("CREATE TABLE tries (username PRIMARY KEY, count, latest)")
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
        if isinstance(exc, Refused) and exc.wait:
            answer.headers["Retry-After"] = str(exc.wait)
        return answer

    def read(*names: str) -> list[str]:
        """Read texts from the body. It has to be JSON, which a form on another site's page cannot send."""
        body = request.get_json()
        if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in names):
            raise Refused(400, "invalid_request", f"Send a JSON object with text in {' and '.join(names)}.")
        return [body[name] for name in names]

    def count_try(username: str) -> None:
        """Count a try before the password is checked; after ten, one a minute."""
        name, now = digest(username), time.time()
        sql("DELETE FROM tries WHERE latest < ?", now - 15 * WAIT_SECONDS)
        tries = sql("SELECT * FROM tries WHERE username = ?", name)
        if tries and tries["count"] >= FREE_TRIES and now < tries["latest"] + WAIT_SECONDS:
            wait = int(tries["latest"] + WAIT_SECONDS - now) + 1
            raise Refused(429, "too_many_tries", "Too many wrong passwords. Wait, then try again.", wait)
        count = tries["count"] + 1 if tries else 1
        sql("INSERT OR REPLACE INTO tries VALUES (?, ?, ?)", name, count, now)

    def check_password() -> str:
        username, password = read("username", "password")
        count_try(username)
        user = sql("SELECT password FROM users WHERE username = ?", username)
        try:  # For an unknown name too, or the time would tell which names are known.
            HASHER.verify(user["password"] if user else decoy, password)
        except exceptions.VerifyMismatchError:
            raise Refused(401, "invalid_credentials", "The user name or the password is wrong.") from None
        sql("DELETE FROM tries WHERE username = ?", digest(username))
        return username

    def profile(username: str) -> dict[str, str]:
        return dict(sql("SELECT username, role, email FROM users WHERE username = ?", username))

    def change_email(username: str) -> Response:
        sql("UPDATE users SET email = ? WHERE username = ?", *read("email"), username)
        return jsonify(user=profile(username))

    # With a session: the client holds an id that means nothing; the server looks up what it stands for.

    def check_origin() -> None:
        """Refuse what another origin's page asks for, where the browser says so."""
        site, origin = request.headers.get("Sec-Fetch-Site", "none"), request.headers.get("Origin")
        if site not in ("none", "same-origin") or origin not in (None, request.host_url.rstrip("/")):
            raise Refused(403, "origin_refused", "A page of another origin asks for this change.")

    def check_session(change: bool = False) -> tuple[str, str, int]:
        key, now = digest(request.cookies.get("sid", "")), time.time()
        sent = request.headers.get("X-CSRF-Token", "")
        session = sql("SELECT * FROM sessions WHERE id = ?", key)
        if session is None or now >= session["expires"] or now >= session["used"] + IDLE_SECONDS:
            raise Refused(401, "no_session", "No live session comes with this request. Log in first.")
        sql("UPDATE sessions SET used = ? WHERE id = ?", now, key)
        # A browser adds the cookie by itself, even if a page of another site makes it send the request.
        if change:
            check_origin()
        if change and not secrets.compare_digest(sent.encode(), session["csrf_token"].encode()):
            raise Refused(403, "csrf_failed", "A change needs the session's own CSRF token in X-CSRF-Token.")
        return session["username"], session["csrf_token"], int(session["expires"] - now)

    @app.post("/session/login")
    def session_login() -> Response:
        username, now = check_password(), time.time()
        sql("DELETE FROM sessions WHERE id = ?", digest(request.cookies.get("sid", "")))
        session_id, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        row = digest(session_id), username, csrf_token, now + SESSION_SECONDS, now
        sql("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", *row)
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
        sql("DELETE FROM sessions WHERE id = ?", digest(request.cookies["sid"]))
        answer = Response(status=204)
        answer.delete_cookie("sid", httponly=True, samesite="Lax")
        return answer

    # With a token: the client holds a signed statement. Now the server looks up whether it has taken it back.

    def check_token() -> tuple[str, int]:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(401, "no_token", "Send an access token: Authorization: Bearer <token>.")
        try:
            whole = jwt.decode_complete(token, key, [ALGORITHM], CLAIMS, audience=AUDIENCE, issuer=ISSUER)
        except jwt.InvalidTokenError:
            whole = None
        if whole is None or not is_canonical(token) or whole["header"].get("typ") != TYPE:
            raise Refused(401, "invalid_token", "The token is not valid (any more). Log in again.")
        claims = whole["payload"]
        if sql("SELECT jti FROM denied WHERE jti = ?", claims["jti"]):
            raise Refused(401, "invalid_token", "The token was taken back at the logout.")
        return claims["sub"], int(claims["exp"] - time.time())

    def new_pair(username: str, family: str, refresh_token: str) -> Response:
        """Sign an access token, and note whose it is, so that a logout finds it."""
        now, jti = int(time.time()), secrets.token_urlsafe(16)
        sql("DELETE FROM issued WHERE expires < ?", now)
        sql("INSERT INTO issued VALUES (?, ?, ?)", jti, family, now + TOKEN_SECONDS)
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": username, "jti": jti}
        times = {"iat": now, "exp": now + TOKEN_SECONDS}
        token = jwt.encode(claims | times, key, ALGORITHM, headers={"typ": TYPE})
        pair = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return jsonify(pair | {"refresh_token": refresh_token})

    def end_family(family: str) -> None:
        """End a refresh family, and deny the access tokens that are out. What has expired is forgotten."""
        sql("DELETE FROM families WHERE id = ?", family)
        sql("INSERT OR IGNORE INTO denied SELECT jti, expires FROM issued WHERE family = ?", family)
        sql("DELETE FROM denied WHERE expires < ?", time.time())

    def check_family(token: str) -> tuple[str, str]:
        """Find the family of the one refresh token that is good now; a used one ends its family."""
        family = digest(token.partition(".")[0])
        row = sql("SELECT * FROM families WHERE id = ?", family)
        if row and (row["token"] != digest(token) or time.time() >= row["expires"]):
            end_family(family)
            row = None
        if row is None:
            raise Refused(400, "invalid_grant", "This refresh token is not good (any more). Log in again.")
        return family, row["username"]

    @app.post("/token/login")
    def token_login() -> Response:
        username, family = check_password(), secrets.token_urlsafe(16)
        refresh_token = f"{family}.{secrets.token_urlsafe(32)}"
        row = digest(family), username, digest(refresh_token), time.time() + FAMILY_SECONDS
        sql("INSERT INTO families VALUES (?, ?, ?, ?)", *row)
        return new_pair(username, digest(family), refresh_token)

    @app.post("/token/refresh")
    def token_refresh() -> Response:
        [old] = read("refresh_token")
        family, username = check_family(old)
        fresh = f"{old.partition('.')[0]}.{secrets.token_urlsafe(32)}"
        compare_and_set = "UPDATE families SET token = ? WHERE id = ? AND token = ?"
        if not changed(
            compare_and_set, digest(fresh), family, digest(old)
        ):  # another request has just used it
            end_family(family)
            raise Refused(400, "invalid_grant", "This refresh token was used at the same moment.")
        return new_pair(username, family, fresh)

    @app.post("/token/logout")
    def token_logout() -> Response:
        end_family(check_family(*read("refresh_token"))[0])
        return Response(status=204)

    @app.get("/token/me")
    def token_me() -> Response:
        username, seconds = check_token()
        return jsonify(user=profile(username), expires_in=seconds)

    @app.post("/token/email")
    def token_email() -> Response:
        return change_email(check_token()[0])

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve both flows on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    passwords = {name: secrets.token_urlsafe(12) for name in ("ada", "mallory")}
    server = make_server("127.0.0.1", parser.parse_args().port, create_app(passwords), threaded=True)
    users = {name: {"password": password, "role": "user"} for name, password in passwords.items()}
    print(json.dumps({"url": f"http://127.0.0.1:{server.port}", "users": users}), flush=True)
    server.serve_forever()
