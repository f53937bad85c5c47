"""Everybody who can tell who sends a request: our checks and the peers', each in the same little Flask app.

The app has one view, which gives `{"user": ...}`. A subject is that app with its check in front, put there
the way its own guide says, with settings in its favour: users in a dict, keys parsed once, one session in
the store.
"""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jwt
import redis
from flask import Flask, Response, abort, jsonify, request, session

from labserver.app import assemble, create_app, prepare
from labserver.auth.tokens.algorithms import ALGORITHMS
from labserver.settings import Settings
from labserver.storage.registry import STORES
from labserver.tracing import trace
from labserver.web.carriers import Bearer

USER, PASSWORD = "ada", "correct horse battery"
ISSUER, AUDIENCE = "labserver", "labserver-api"
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "jti"]
SECRET = "a secret of more than thirty-two bytes, for the peers"  # noqa: S105 - lives as long as the run
ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
    "REMOTE_ADDR": "127.0.0.1",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "127.0.0.1",
    "HTTP_ACCEPT": "*/*",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


@dataclass(frozen=True)
class Subject:
    """An app, and the request that it is asked. `family`: session, token, none; whole is the lab's server."""

    name: str
    family: str
    app: Flask
    environ: dict[str, Any]
    ours: bool = False

    def ask(self) -> tuple[str, bytes]:
        """Send the request once, as a server would; gives status and body."""
        statuses: list[str] = []
        environ = self.environ | {"wsgi.input": io.BytesIO()}  # frameworks write into it
        body = self.app(environ, lambda status, headers: statuses.append(status))  # type: ignore[arg-type]
        return statuses[0], b"".join(body)


def bare(name: str, secret_key: str | None = None, /, **config: Any) -> Flask:
    """Make the app, not yet with its view. Flask's own session is off unless there is a secret key."""
    app = Flask(name)
    app.secret_key = secret_key
    app.config.update(config)
    return app


def checked(app: Flask, who: Callable[[], str]) -> Flask:
    """Add the one view; `who` is the check, and gives the user's name."""

    @app.get("/")
    def view() -> Response:
        return jsonify(user=who())

    return app


def subjects(home: Path, redis_url: str | None) -> list[Subject]:
    """Make them all, and see that each lets in whom it should, and nobody else. Fewer without Redis."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the peers' own affairs
        everybody = [
            Subject("no check", "none", checked(bare("bare"), lambda: USER), ENVIRON),
            Subject("no check, again", "none", checked(bare("again"), lambda: USER), ENVIRON),
            *our_sessions(home, redis_url),
            *our_tokens(home),
            flask_cookie(),
            flask_login(),
            *flask_session(home, redis_url),
            *token_peers(),
            *our_server(home),
        ]
    for one in everybody:
        hold(one)
    return everybody


def hold(one: Subject) -> None:
    """Raise AssertionError unless it knows ada by her credential, and nobody by a changed one."""
    status, body = one.ask()
    if not status.startswith("200") or (USER.encode() not in body and b'"cart"' not in body):
        raise AssertionError(f"{one.name} answers {status}: {body!r}")
    for name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION"):
        if name in one.environ:
            sent = one.environ[name]
            wrong = sent[:-9] + ("A" if sent[-9] != "A" else "B") + sent[-8:]
            one.app.logger.disabled = True  # some raise what only a handler of the app's would translate
            status, _ = replace(one, environ=one.environ | {name: wrong}).ask()
            one.app.logger.disabled = False
            if status.startswith("200"):
                raise AssertionError(f"{one.name} lets anybody in")


# Ours


def our_sessions(home: Path, redis_url: str | None) -> list[Subject]:
    """A random id in a cookie, one look-up in the store: what `/session/me` does to know who asks."""
    stores = {entry.title: entry.schemes[0] for entry in STORES.values() if entry.starter is None}
    stores |= {STORES["redis"].title: redis_url} if redis_url else {}
    return [our_session(f"session, {name}", home / name, url) for name, url in stores.items()]


def our_session(name: str, home: Path, store: str) -> Subject:
    home.mkdir()
    parts = assemble(Settings(home=home, store=store))
    cookie = parts.cookie

    def who() -> str:
        with trace.span("auth"):
            return parts.opaque.check(cookie.read()).username

    environ = ENVIRON | {"HTTP_COOKIE": f"sid={parts.sessions.open(USER)}"}
    return Subject(name, "session", checked(bare(name), who), environ, ours=True)


def our_tokens(home: Path) -> list[Subject]:
    """A signed token in a header: what `/token/me` does to know who asks."""
    return [our_token(f"token, {algorithm}", home / algorithm, algorithm) for algorithm in ALGORITHMS]


def our_token(name: str, home: Path, algorithm: str) -> Subject:
    home.mkdir()
    parts = assemble(Settings(home=home, algorithm=algorithm))
    bearer = Bearer()

    def who() -> str:
        with trace.span("auth"):
            return parts.jwt.check(bearer.read()).username

    token = parts.jwt.issue(parts.users.add(USER, PASSWORD)).credential
    return Subject(name, "token", checked(bare(name), who), bearing(token), ours=True)


def our_server(home: Path) -> list[Subject]:
    """The lab's whole server, everything on: middleware, check, profile, headers."""
    return [
        one
        for mode, key in (("lab mode", "a key"), ("lab mode off", None))
        for one in our_requests(mode, home / mode, key)
    ]


def our_requests(mode: str, home: Path, lab_key: str | None) -> list[Subject]:
    settings = Settings(home=home, lab_key=lab_key)
    prepare(settings)
    app = create_app(settings)
    users = assemble(settings).users
    users.set_password(USER, PASSWORD) if users.find(USER) else users.add(USER, PASSWORD)
    who = {"username": USER, "password": PASSWORD}
    client = app.test_client()
    at = {"base_url": "http://127.0.0.1"}
    cookie = client.post("/session/login", json=who, **at).headers["Set-Cookie"].partition(";")[0]
    token = client.post("/token/login", json=who, **at).get_json()["access_token"]
    by_cookie, by_token = ENVIRON | {"HTTP_COOKIE": cookie}, bearing(token)
    asked = (("/session/me", by_cookie), ("/session/cart", by_cookie), ("/token/me", by_token))
    return [
        Subject(f"all of {path}, {mode}", "whole", app, by | {"PATH_INFO": path}, ours=True)
        for path, by in asked
    ]


def bearing(token: str) -> dict[str, Any]:
    return ENVIRON | {"HTTP_AUTHORIZATION": f"Bearer {token}"}


# Peers: sessions


def by_session(name: str, app: Flask) -> Subject:
    """Let Flask's `session` say who asks, whatever keeps it."""

    @app.get("/login")
    def login() -> Response:
        session["username"] = USER
        return jsonify()

    def who() -> str:
        return str(session.get("username") or abort(401))

    return logged_in(name, checked(app, who))


def logged_in(name: str, app: Flask) -> Subject:
    """Log in as a browser would, and keep the cookie."""
    cookie = app.test_client().get("/login").headers["Set-Cookie"].partition(";")[0]
    return Subject(name, "session", app, ENVIRON | {"HTTP_COOKIE": cookie})


def flask_cookie() -> Subject:
    return by_session("Flask's signed cookie", bare("cookie", SECRET))


def flask_login() -> Subject:
    from flask_login import LoginManager, UserMixin, current_user, login_required, login_user

    app = bare("login", SECRET)
    manager = LoginManager(app)
    people: dict[str, Any] = {}

    class User(UserMixin):  # type: ignore[misc]
        id = USER

    people[USER] = User()
    manager.user_loader(people.get)

    @app.get("/login")
    def login() -> Response:
        login_user(people[USER])
        return jsonify()

    @login_required  # type: ignore[untyped-decorator]
    def who() -> str:
        name: str = current_user.id
        return name

    return logged_in("Flask-Login", checked(app, who))


def flask_session(home: Path, redis_url: str | None) -> list[Subject]:
    """As shipped it writes the session on every request; "read-only" turns that off."""
    from cachelib.file import FileSystemCache
    from flask_session import Session
    from flask_sqlalchemy import SQLAlchemy

    made = []
    for how, refresh in (("as shipped", True), ("read-only", False)):
        config: dict[str, Any] = {"SESSION_REFRESH_EACH_REQUEST": refresh}
        files = FileSystemCache(str(home / f"cachelib {how}"))
        app = bare("cachelib", None, **config, SESSION_TYPE="cachelib", SESSION_CACHELIB=files)
        Session(app)
        made.append(by_session(f"Flask-Session, files, {how}", app))

        path = home / f"sqlalchemy {how}.db"
        app = bare("sqlalchemy", None, **config, SQLALCHEMY_DATABASE_URI=f"sqlite:///{path}")
        app.config.update(SESSION_TYPE="sqlalchemy", SESSION_SQLALCHEMY=SQLAlchemy(app))
        Session(app)
        made.append(by_session(f"Flask-Session, SQLAlchemy, {how}", app))

        if redis_url:
            client = redis.Redis.from_url(redis_url)
            app = bare("redis", None, **config, SESSION_TYPE="redis", SESSION_REDIS=client)
            Session(app)
            made.append(by_session(f"Flask-Session, Redis, {how}", app))
    return made


# Peers: tokens, all HS256


def token_peers() -> list[Subject]:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": USER, "iat": now, "exp": now + 86_400, "jti": "some id"}
    token = jwt.encode(
        claims | {"role": "user"}, SECRET, "HS256", headers={"typ": "at+jwt", "kid": "some key"}
    )
    checks = {"PyJWT, jwt.decode": pyjwt(), "joserfc": joserfc_library(), "authlib": authlib_library()}
    return [
        flask_jwt_extended(),
        *(Subject(name, "token", by_token(name, check), bearing(token)) for name, check in checks.items()),
    ]


def by_token(name: str, check: Callable[[str], str]) -> Flask:
    return checked(bare(name), lambda: check(request.headers["Authorization"].removeprefix("Bearer ")))


def pyjwt() -> Callable[[str], str]:
    def check(token: str) -> str:
        options: Any = {"require": REQUIRED}
        found = jwt.decode(token, SECRET, ["HS256"], options, audience=AUDIENCE, issuer=ISSUER)
        return str(found["sub"])

    return check


def joserfc_library() -> Callable[[str], str]:
    from joserfc import jwt as jose
    from joserfc.jwk import OctKey

    key = OctKey.import_key(SECRET)
    registry = jose.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        **{name: {"essential": True} for name in ("exp", "iat", "sub", "jti")},
    )

    def check(token: str) -> str:
        found = jose.decode(token, key, ["HS256"])
        registry.validate(found.claims)
        return str(found.claims["sub"])

    return check


def authlib_library() -> Callable[[str], str]:
    from authlib.jose import JsonWebToken, OctKey

    library, key = JsonWebToken(["HS256"]), OctKey.import_key(SECRET)
    options = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": AUDIENCE},
        **{name: {"essential": True} for name in ("exp", "iat", "sub", "jti")},
    }

    def check(token: str) -> str:
        found = library.decode(token, key, claims_options=options)
        found.validate()
        return str(found["sub"])

    return check


def flask_jwt_extended() -> Subject:
    from flask_jwt_extended import JWTManager, create_access_token, get_jwt_identity, jwt_required

    app = bare("jwt-extended", JWT_SECRET_KEY=SECRET, JWT_ENCODE_ISSUER=ISSUER, JWT_DECODE_ISSUER=ISSUER)
    app.config.update(JWT_ENCODE_AUDIENCE=AUDIENCE, JWT_DECODE_AUDIENCE=AUDIENCE)
    app.config.update(JWT_ACCESS_TOKEN_EXPIRES=86_400)
    JWTManager(app)

    @jwt_required()  # type: ignore[untyped-decorator]
    def who() -> str:
        return str(get_jwt_identity())

    with app.app_context():
        token = create_access_token(USER, additional_claims={"role": "user"})
    return Subject("Flask-JWT-Extended", "token", checked(app, who), bearing(token))
