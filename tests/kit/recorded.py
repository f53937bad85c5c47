"""Exchanges as a real server answers them, recorded, so that rendering can be tested without one."""

from __future__ import annotations

import json
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict

from labserver.formats.reports import EventReport, TraceReport
from labserver.kit.display.fingerprint import fingerprint_of
from labserver.tracing.events import EVENTS

SID = "k1kq0Zq3Yx0m3cQfQ0Yp8rN7Jw3cE2v5S9b1T4u6W8A"
ACCESS = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl-of_it"
REFRESH = "ZmFtaWx5LW9mLWFkYQ.c2VjcmV0LW9mLXRoZS1yZWZyZXNoLXRva2Vu"
CSRF = "Y3NyZi10b2tlbi1ib3VuZC10by10aGUtc2Vzc2lvbg"
PASSWORD = "correct-horse-battery"
SECRETS = (SID, ACCESS, REFRESH, CSRF, PASSWORD)
ADA = {"username": "ada", "role": "user", "email": "ada@example.org"}


class _Raw:
    def __init__(self, headers: HTTPHeaderDict) -> None:
        self.headers = headers


def answer(
    method: str,
    path: str,
    *,
    status: tuple[int, str] = (200, "OK"),
    headers: dict[str, str] | None = None,
    body: Any = None,
    gave: list[tuple[str, str]] | None = None,
    said: Any = None,
    client: str = "browser",
    total_ms: float = 19.2,
) -> requests.Response:
    """Build an answer as a client gets it: `gave` are its headers, `said` its body (JSON, or text)."""
    request = requests.Request(
        method,
        f"http://127.0.0.1:41873{path}",
        headers={"User-Agent": client, "Accept": "*/*"} | (headers or {}),
        json=body if isinstance(body, dict) else None,
        data=body if isinstance(body, str) else None,
    )
    response = requests.Response()
    response.request = request.prepare()
    response.status_code, response.reason = status
    lines = HTTPHeaderDict()
    for name, value in [
        *(gave or []),
        ("content-type", "text/html" if isinstance(said, str) else "application/json"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("date", "Mon, 23 Nov 2026 12:00:00 GMT"),
        ("x-trace-id", "8c1e5f0a9b7d3c21"),
        ("server-timing", f"auth;dur=0.0130, store;dur=0.0050, crypto;dur=0.0000, total;dur={total_ms}"),
    ]:
        lines.add(name, value)
    response.raw = _Raw(lines)
    response.headers = CaseInsensitiveDict(lines)
    response._content = (
        b"" if said is None else (said if isinstance(said, str) else json.dumps(said)).encode()
    )
    response.encoding = "utf-8"
    response.url = f"http://127.0.0.1:41873{path}"
    vars(response)["lab_client"] = client
    return response


def event(
    kind: str, *, us: float = 5.0, chip: str | None = None, ok: bool = True, **details: Any
) -> EventReport:
    """Build an event as `GET /lab/trace/<id>` returns it; its `text`, which the kit never reads, is empty."""
    target = EVENTS[kind].target if kind in EVENTS else "server"
    given = (EVENTS[kind].details if kind in EVENTS else {}) | details
    return {
        "at": 1.0,
        "us": us,
        "kind": kind,
        "actor": "server",
        "target": target,
        "party": target,
        "verb": kind.partition(".")[2],
        "details": given,
        "text": "",
        "chip": chip,
        "ok": ok,
    }


def trace(
    response: requests.Response, flow: str, *events: EventReport, auth: float = 13.0, **counts: int
) -> TraceReport:
    """Build what the control API says about this answer."""
    names = ("store_reads", "store_writes", "signatures_made", "signatures_checked", "password_checks")
    return {
        "id": "8c1e5f0a9b7d3c21",
        "method": str(response.request.method),
        "path": response.request.path_url,
        "status": response.status_code,
        "flow": flow,
        "at": 1_795_000_000.0,
        "spans": {"auth": auth, "store": 5.0, "crypto": 0.0, "total": sum(e["us"] for e in events) + 200},
        "counts": dict.fromkeys(names, 0) | counts,
        "credential": None,
        "events": list(events),
        "worker": 1,
    }


Recorded = tuple[requests.Response, TraceReport]


def session_login(us: float = 18_200.0) -> Recorded:
    response = answer(
        "POST",
        "/session/login",
        body={"username": "ada", "password": PASSWORD},
        gave=[("set-cookie", f"sid={SID}; HttpOnly; Path=/; SameSite=Lax")],
        said={"user": ADA, "csrf_token": CSRF, "expires_in": 1800},
    )
    return response, trace(
        response,
        "session",
        event("password.check", us=us),
        event("id.make", us=0.2, chip=fingerprint_of(SID)),
        event("store.put", record="session", us=us / 20, chip=fingerprint_of(SID)),
        auth=us + 20,
        store_writes=1,
        password_checks=1,
    )


def session_me(us: float = 5.0, client: str = "browser") -> Recorded:
    response = answer(
        "GET", "/session/me", headers={"Cookie": f"sid={SID}; _xsrf=jupyters-own"}, client=client,
        said={"user": ADA, "csrf_token": CSRF, "expires_in": 1800},
    )  # fmt: skip
    return response, trace(
        response,
        "session",
        event("store.get", record="session", us=us, chip=fingerprint_of(SID)),
        event("users.read", owner="ada", us=us),
        auth=us + 8,
        store_reads=1,
    )


def session_guest(client: str = "evil page", browser: str = "browser") -> Recorded:
    """What a page of an attacker's sends from an honest browser, with the cookie that this one adds."""
    response, report = session_me(client=client)
    response.request.headers["User-Agent"] = browser
    vars(response).update(lab_attacker=True, lab_guest=True)
    return response, report


def session_refused(client: str = "thief") -> Recorded:
    response = answer(
        "GET", "/session/me", headers={"Cookie": f"sid={SID}"}, status=(401, "Unauthorized"), client=client,
        said={"type": "about:blank", "title": "Unauthorized", "status": 401, "code": "no_session",
              "detail": "No live session comes with this request. Log in first."},
    )  # fmt: skip
    return response, trace(
        response,
        "session",
        event("store.get", record="session", chip=fingerprint_of(SID)),
        event("refuse", reason="no row has this id", us=0.1, ok=False),
        store_reads=1,
    )


def token_login(us: float = 18_300.0) -> Recorded:
    response = answer(
        "POST",
        "/token/login",
        body={"username": "ada", "password": PASSWORD},
        said={"access_token": ACCESS, "token_type": "Bearer", "expires_in": 900, "refresh_token": REFRESH},
    )
    return response, trace(
        response,
        "token",
        event("password.check", us=us),
        event("token.sign", algorithm="HS256", us=21.0),
        event("id.make", us=0.2, chip=fingerprint_of(REFRESH)),
        event("store.put", record="family", us=900.0, chip=fingerprint_of(REFRESH)),
        auth=us + 60,
        store_writes=1,
        signatures_made=1,
        password_checks=1,
    )


def token_me(us: float = 25.0, client: str = "browser") -> Recorded:
    response = answer(
        "GET", "/token/me", headers={"Authorization": f"Bearer {ACCESS}"}, client=client,
        said={"user": ADA, "expires_in": 900},
    )  # fmt: skip
    return response, trace(
        response,
        "token",
        event("token.verify", algorithm="HS256", us=us, chip=fingerprint_of(ACCESS)),
        event("claims.check", us=0.3),
        event("users.read", owner="ada", us=5.0),
        auth=us + 14,
        signatures_checked=1,
    )


def token_refused() -> Recorded:
    response = answer(
        "GET", "/token/me", headers={"Authorization": f"Bearer {ACCESS}"}, status=(401, "Unauthorized"),
        gave=[("www-authenticate", 'Bearer error="invalid_token"')],
        said={"type": "about:blank", "title": "Unauthorized", "status": 401, "code": "invalid_token",
              "detail": "The access token is not valid (any more). Refresh it, or log in again."},
    )  # fmt: skip
    return response, trace(
        response,
        "token",
        event("token.verify", algorithm="HS256", chip=fingerprint_of(ACCESS), ok=False),
        event("refuse", reason="the signature does not match", us=0.1, ok=False),
        signatures_checked=1,
    )


def refresh(client: str = "browser") -> Recorded:
    fresh = REFRESH.partition(".")[0] + ".YW5vdGhlci1zZWNyZXQtdGhhdC1pcy1uZXc"
    response = answer(
        "POST", "/token/refresh", body={"refresh_token": REFRESH}, client=client,
        said={"access_token": ACCESS + "2", "token_type": "Bearer", "refresh_token": fresh},
    )  # fmt: skip
    return response, trace(
        response,
        "token",
        event("store.get", record="family", chip=fingerprint_of(REFRESH)),
        event("token.sign", algorithm="HS256", us=21.0),
        event("store.compare_and_set", record="family", us=870.0, chip=fingerprint_of(fresh)),
        store_reads=1, store_writes=1, signatures_made=1,
    )  # fmt: skip


def email() -> Recorded:
    response = answer(
        "POST", "/session/email", headers={"Cookie": f"sid={SID}", "X-CSRF-Token": CSRF},
        body={"email": "a@example.org"}, said={"user": ADA},
    )  # fmt: skip
    return response, trace(
        response,
        "session",
        event("store.get", record="session", chip=fingerprint_of(SID)),
        event("csrf.check", us=1.0),
        event("users.write", field="email", owner="ada", us=800.0),
        store_reads=1,
    )  # fmt: skip


def keep() -> Recorded:
    cookie = f"sid={SID}; Max-Age=43200; HttpOnly; SameSite=Lax; Path=/"
    response = answer("POST", "/session/login", gave=[("set-cookie", cookie)])
    return response, trace(response, "session")
