"""Odd rows in a store: who they are for logs in again, nobody else notices, nothing is a 500."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import apsw
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from labserver.app import create_app, prepare
from labserver.auth.throttle import Throttle
from labserver.bff import sealing
from labserver.formats.base64url import b64decode
from labserver.formats.digests import digest
from labserver.settings import Settings
from labserver.storage.base import RecordKind

pytestmark = pytest.mark.usefixtures("quick_passwords")

Row = dict[str, Any]
Change = Callable[[Row], Row]
Original = RecordKind | Literal["bff"]
"""A row that a test writes again: one of each kind, and a session that holds tokens."""


def without(name: str) -> Change:
    return lambda row: row | {"data": {key: value for key, value in row["data"].items() if key != name}}


def said(**data: Any) -> Change:
    return lambda row: row | {"data": row["data"] | data}


def backwards(row: Row) -> Row:
    """Name the members the other way round."""
    return dict(reversed((row | {"data": dict(reversed(row["data"].items()))}).items()))


ODD_TIMES: tuple[Any, ...] = (
    None,
    "soon",
    [],
    {},
    True,
    float("nan"),
    float("inf"),
    float("-inf"),
    1e300,
    10**400,
)
ANY: dict[str, Change] = {
    "data is a list": lambda row: row | {"data": []},
    "data is text": lambda row: row | {"data": "{}"},
    "data is null": lambda row: row | {"data": None},
    "data is empty": lambda row: row | {"data": {}},
    "no time of creation": without("created"),
    "no time of use": without("used"),
    **{f"created is {value}"[:30]: said(created=value) for value in ODD_TIMES},
    "used is NaN": said(used=float("nan")),
    "used is text": said(used="now"),
}
SESSION: dict[str, Change] = {
    **ANY,
    "expires is negative": lambda row: row | {"expires": -1},
    "the cart is a number": said(cart=5),
    "the cart holds NaN": said(cart=[float("nan")]),
    "the cart is a dict": said(cart={"a": 1}),
}
FAMILY: dict[str, Change] = {
    **ANY,
    "no current token": without("current"),
    "the current token is a number": said(current=7),
    "the current token is not ASCII": said(current="é" * 64),
    "nothing was issued": without("issued"),
    "issued is a number": said(issued=5),
    "issued holds text": said(issued=["ab"]),
    "issued holds NaN": said(issued=[["jti", float("nan")]]),
    "issued holds a list": said(issued=[[[], 1]]),
    "the service is a list": said(resource=[]),
    "the service is null": said(resource=None),
}
BFF: dict[str, Change] = {
    **SESSION,
    "no tokens": without("sealed"),
    "the sealed text is not ASCII": said(sealed="é"),
    "the sealed text is empty": said(sealed=""),
    "the sealed text is no text": said(sealed=5),
    "the sealed text is of another key": said(
        sealed=sealing.seal("x", sealing.Pair(access_token="a", refresh_token="b"))
    ),
    "the lease is text": said(lease="soon"),
    "the lease is NaN": said(lease=float("nan")),
}
ODD_TOKENS: tuple[Any, ...] = (1, None, [], "", "é", "\ud800", "a b", "a,b", "a\r\nb", "x" * 9000)
SEALED = (
    *(b"", b"x", b"[1]", b"{}", b"null", b"7", b"\xff", b"[" * 100_000, b'{"access_token":"a"}'),
    *(json.dumps({"access_token": odd, "refresh_token": "b"}).encode() for odd in ODD_TOKENS),
    *(json.dumps({"access_token": "a", "refresh_token": odd}).encode() for odd in ODD_TOKENS),
)
"""What decrypts, and is no pair of tokens."""

RAW = (b"", b"{", b"null", b"7", b"\xff\xfe", b'"\xed\xa0\x80"', b"[" * 100_000, b"{}x", b'{"owner":"ada"}')


class Bench:
    """An application in this process where ada is logged in, and whose stored rows a test can rewrite."""

    def __init__(self, home: Path, store: str) -> None:
        chosen = Settings(home=home, store=store, denylist=True, lab_key="the key")
        self.users = prepare(chosen)
        self.app: Flask = create_app(chosen)
        self.store, self.home = store, home

    def log_in(self, flow: str, name: str = "ada", password: str = "") -> TestResponse:
        """Log somebody in, from a new client."""
        who = {"username": name, "password": password or self.users[name]["password"]}
        return self.app.test_client().post(f"/{flow}/login", base_url=URL, json=who)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request with these headers and no cookies of its own."""
        plain = self.app.test_client(use_cookies=False)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return plain.open(path, method=method, base_url=URL, json=body, headers=named)

    @cached_property
    def session(self) -> dict[str, str]:
        """The headers of one session, which is logged in once: the tests write its row again."""
        answer = self.log_in("session")
        sid = answer.headers["Set-Cookie"].split(";")[0]
        return {"Cookie": sid, "X_CSRF_Token": (answer.json or {})["csrf_token"]}

    @cached_property
    def bff(self) -> dict[str, str]:
        """The same for a session whose tokens the backend for frontend holds."""
        answer = self.log_in("bff")
        return {
            "Cookie": answer.headers["Set-Cookie"].split(";")[0],
            "X_CSRF_Token": (answer.json or {})["csrf_token"],
        }

    @cached_property
    def token(self) -> tuple[dict[str, str], dict[str, str]]:
        """The header of one access token, and the body with its family's refresh token."""
        pair = self.log_in("token").json or {}
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        return bearer, {"refresh_token": pair["refresh_token"]}

    @cached_property
    def denied(self) -> dict[str, str]:
        """The header of another access token, which is revoked."""
        token = (self.log_in("token").json or {})["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert self.ask("POST", "/grid/jwt/header/logout", **bearer).status_code == 204
        return bearer

    @cached_property
    def originals(self) -> dict[Original, tuple[bytes, Row]]:
        """One good row of each kind, and its key."""
        claims = json.loads(b64decode(self.denied["Authorization"].split(".")[1]))
        keys: dict[Original, str] = {
            "session": self.session["Cookie"].removeprefix("sid="),
            "bff": self.bff["Cookie"].removeprefix("bff="),
            "family": self.token[1]["refresh_token"].partition(".")[0],
            "denied": claims["jti"],
        }
        state: Any = self.ask("GET", "/lab/state", X_Lab_Key="the key").json
        rows = {row["key"]: row for row in state["store"]["rows"]}
        return {
            kind: (
                digest(key),
                {name: rows[digest(key).hex()][name] for name in ("owner", "expires", "data")},
            )
            for kind, key in keys.items()
        }

    def write(self, original: Original, change: Change | bytes) -> None:
        """Write a row: the good one changed, or with these very bytes for what it says."""
        key, row = self.originals[original]
        kind = "session" if original == "bff" else original
        new = row if isinstance(change, bytes) else change(row)
        if self.store.startswith("redis"):
            import redis

            with redis.Redis.from_url(self.store) as connection:
                text = change if isinstance(change, bytes) else json.dumps(new)
                connection.set(f"lab:{kind}:{key.hex()}", text)
            return
        data = change if isinstance(change, bytes) else json.dumps(new["data"]).encode()
        with apsw.Connection(str(self.home / "sessions.db")) as database:
            database.execute(
                f"INSERT OR REPLACE INTO {kind} VALUES (?, ?, ?, CAST(? AS TEXT))",  # noqa: S608
                (key, new["owner"], new["expires"], data),
            )


URL = "http://127.0.0.1"


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    store = request.getfixturevalue("redis_url") if request.param == "redis" else "sqlite:"
    if request.param == "redis":
        import redis

        with redis.Redis.from_url(store) as connection:
            connection.flushdb()
    return Bench(tmp_path_factory.mktemp("rows") / "home", store)


def changes(named: dict[str, Change]) -> pytest.MarkDecorator:
    """Try each change, and each text that is no row."""
    return pytest.mark.parametrize(
        "change", [*named.values(), *RAW], ids=[*named, *(repr(raw[:9]) for raw in RAW)]
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/session/me", None),
        ("GET", "/session/cart", None),
        ("POST", "/session/cart", {"item": "tea"}),
        ("GET", "/session/sessions", None),
        ("POST", "/session/logout-all", None),
        ("POST", "/session/logout", None),
    ],
)
@changes(SESSION)
def test_an_odd_session_is_no_session(
    bench: Bench, change: Change | bytes, method: str, path: str, body: dict[str, str] | None
) -> None:
    bench.write("session", change)
    answer = bench.ask(method, path, body, **bench.session)
    assert answer.status_code in (401, 503), f"{answer.status_code} {answer.text}"


@changes(SESSION)
def test_with_an_odd_session_the_site_has_a_stranger(bench: Bench, change: Change | bytes) -> None:
    bench.write("session", change)
    assert bench.ask("GET", "/site/", **bench.session).status_code in (200, 503)
    assert bench.ask("GET", "/lab/state", X_Lab_Key="the key").status_code in (200, 503)
    bench.write("session", dict)
    assert bench.ask("GET", "/session/me", **bench.session).status_code == 200, "the control"


def refuses_bff(bench: Bench, change: Change | bytes) -> None:
    """Insist that this row opens nothing, and hinders no login in its place."""
    for method, path, body in (
        ("GET", "/bff/me", None),
        ("POST", "/bff/email", {"email": "ada@example.org"}),
        ("POST", "/bff/logout", None),
    ):
        bench.write("bff", change)
        answer = bench.ask(method, path, body, **bench.bff)
        assert answer.status_code in (401, 503), f"{path}: {answer.status_code} {answer.text}"
    bench.write("bff", change)
    active = bench.ask("GET", "/bff/session", **bench.bff)
    assert active.status_code == 503 or active.json == {"active": False}, active.text


@changes(BFF)
def test_an_odd_session_with_tokens_is_no_session(bench: Bench, change: Change | bytes) -> None:
    refuses_bff(bench, change)
    bench.write("bff", dict)
    assert bench.ask("GET", "/bff/me", **bench.bff).status_code == 200, "the control"


@pytest.mark.parametrize("text", SEALED, ids=lambda text: repr(text[:40]))
def test_what_decrypts_to_no_tokens_is_no_session(bench: Bench, text: bytes) -> None:
    """Only who has the cookie can seal such a text; that is an old version of this server, or a mistake."""
    session_id = bench.bff["Cookie"].removeprefix("bff=")
    refuses_bff(bench, said(sealed=sealing._box(session_id).encrypt(text).decode()))


def test_a_login_replaces_an_odd_session_with_tokens(bench: Bench) -> None:
    bench.write("bff", said(sealed="é"))
    ada = {"username": "ada", "password": bench.users["ada"]["password"]}
    assert bench.ask("POST", "/bff/login", ada, Cookie=bench.bff["Cookie"]).status_code == 200
    bench.write("bff", dict)


@changes(FAMILY)
def test_an_odd_family_is_no_family(bench: Bench, change: Change | bytes) -> None:
    bearer, body = bench.token
    for method, path, good in (
        ("POST", "/token/refresh", ()),
        ("POST", "/token/logout", ()),
        ("GET", "/token/families", (200,)),
        ("POST", "/token/logout-all", (204,)),
    ):
        bench.write("family", change)
        answer = bench.ask(method, path, body if not good else None, **bearer)
        assert answer.status_code in (400, 503, *good), f"{path}: {answer.status_code} {answer.text}"


@changes(ANY)
def test_an_odd_row_of_the_denylist_denies(bench: Bench, change: Change | bytes) -> None:
    bench.write("denied", change)
    assert bench.ask("GET", "/token/me", **bench.denied).status_code in (401, 503)


def test_a_row_in_another_spelling_can_be_ended(bench: Bench) -> None:
    """It reads the same, but no compare-and-set fits it: to try again until one does would take for ever."""
    bench.write("session", backwards)
    added = bench.ask("POST", "/session/cart", {"item": "tea"}, **bench.session)
    assert added.status_code == 503
    assert bench.ask("POST", "/session/logout", **bench.session).status_code == 204
    assert bench.ask("GET", "/session/me", **bench.session).status_code == 401
    bench.write("family", backwards)
    assert bench.ask("POST", "/token/logout", bench.token[1]).status_code == 204
    assert bench.ask("POST", "/token/refresh", bench.token[1]).status_code == 400


def test_the_others_notice_nothing(bench: Bench) -> None:
    bench.write("session", b"{")
    sid = bench.log_in("session").headers["Set-Cookie"].split(";")[0]
    assert bench.ask("GET", "/session/sessions", Cookie=sid).status_code == 200


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("password", ""),
        ("password", "plain"),
        ("password", "$argon2id$v=19$m=x"),
        ("password", "$argon2id$é"),
        ("password", b"\xff"),
        ("email", b"\xff"),
        ("role", b"admin"),
        ("disabled", "yes"),
    ],
    ids=str,
)
def test_an_odd_account_opens_to_nobody(tmp_path: Path, column: str, value: object) -> None:
    bench = Bench(tmp_path / "home", "sqlite:")
    with apsw.Connection(str(tmp_path / "home" / "accounts.db")) as database:
        database.execute(f"UPDATE users SET {column} = ? WHERE username = 'ada'", (value,))  # noqa: S608
    assert bench.log_in("session").status_code in (401, 503)
    assert bench.log_in("session", "grace").status_code == 200


def test_text_that_is_not_utf_8_is_an_outage(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "home", "sqlite:")
    with apsw.Connection(str(tmp_path / "home" / "accounts.db")) as database:
        database.execute("UPDATE users SET email = CAST(x'ff' AS TEXT) WHERE username = 'ada'")
    assert bench.log_in("session").status_code == 503


@pytest.mark.parametrize(
    ("column", "value"),
    [("count", 10**18), ("count", "many"), ("count", -(10**18)), ("until", 1e300), ("until", float("inf"))],
    ids=str,
)
def test_an_odd_count_of_tries(tmp_path: Path, column: str, value: object) -> None:
    bench = Bench(tmp_path / "home", "sqlite:")
    assert bench.log_in("session", password="not the password").status_code == 401
    with apsw.Connection(str(tmp_path / "home" / "accounts.db")) as database:
        database.execute(f"UPDATE tries SET {column} = ?", (value,))  # noqa: S608
    answer = bench.log_in("session", password="not the password")
    assert answer.status_code in (401, 429)
    assert int(answer.headers.get("Retry-After", 1)) <= Throttle.LONGEST_WAIT + 1
