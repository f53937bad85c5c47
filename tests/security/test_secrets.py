"""docs/security.md, row S8: no live value in any log, trace, state view or database of a run."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.process.processes import Started, server
from tests.security.conftest import PASSWORD, Normal

WRONG, NEW = "mistyped pass phrase", "a quite different engine"
PLACES = ["opaque/cookie", "opaque/header", "jwt/cookie", "jwt/header"]


class Life:
    """Everything that one can do with an account, and every secret that went over the wire meanwhile."""

    def __init__(self, url: str, password: str, **more: Any) -> None:
        self.url, self.password, self.http = url, password, requests.Session()
        self.http.headers.update(more)
        self.secrets = {password, WRONG, NEW, *map(str, more.values())}
        self.trace_ids: list[str] = []

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self.http.request(method, f"{self.url}{path}", timeout=30, allow_redirects=False, **more)
        self.trace_ids += [answer.headers["X-Trace-Id"]] if "X-Trace-Id" in answer.headers else []
        self.secrets |= {value for value in answer.cookies.values() if value}
        if answer.headers.get("Content-Type") == "application/json":
            body = answer.json()
            names = ("csrf_token", "access_token", "refresh_token")
            self.secrets |= {body[name] for name in names if isinstance(body.get(name), str)}
        return answer

    def live(self) -> None:
        """Log in and out in every way there is, with a slip of each kind."""
        who = {"username": "ada", "password": self.password}
        for path in ("/session/login", "/token/login"):
            assert self.ask("POST", path, json=who | {"password": WRONG}).status_code == 401
        csrf = {"X-CSRF-Token": self.ask("POST", "/session/login", json=who).json()["csrf_token"]}
        self.ask("GET", "/session/me")
        self.ask("POST", "/session/cart", json={"item": "tea"}, headers=csrf)
        self.ask("POST", "/session/email", json={"email": "ada@analytical.example"}, headers=csrf)
        self.ask("POST", "/session/email", json={"email": "eve@example.org"}, headers={"X-CSRF-Token": WRONG})
        pair = self.ask("POST", "/token/login", json=who).json()
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        self.ask("GET", "/token/me", headers=bearer)
        self.ask("GET", f"/token/me?access_token={pair['access_token']}")
        fresh = self.ask("POST", "/token/refresh", json={"refresh_token": pair["refresh_token"]}).json()
        self.ask("POST", "/token/refresh", json={"refresh_token": pair["refresh_token"]})
        self.ask("POST", "/token/revoke", data={"token": fresh["access_token"]})
        for place in PLACES:
            body = self.ask("POST", f"/grid/{place}/login", json=who).json()
            kept = {
                "Authorization": f"Bearer {body.get('access_token')}",
                "X-CSRF-Token": body.get("csrf_token"),
            }
            self.ask("GET", f"/grid/{place}/me", headers=kept)
        self.ask("POST", "/site/login", data=who)
        me = self.ask("GET", "/session/me").json()
        self.ask("POST", "/site/cart", data={"item": "milk", "csrf_token": me["csrf_token"]})
        passwords = {"current": self.password, "new": NEW}
        changed = self.ask(
            "POST", "/session/password", json=passwords, headers={"X-CSRF-Token": me["csrf_token"]}
        )
        assert changed.status_code == 200
        who = {"username": "ada", "password": NEW}
        pair = self.ask("POST", "/token/login", json=who).json()
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        changed = self.ask(
            "POST", "/token/password", json={"current": NEW, "new": self.password}, headers=bearer
        )
        assert changed.status_code == 200
        self.ask("GET", "/nothing?password=" + WRONG.replace(" ", "+"), headers={"Cookie": f"sid={WRONG}"})
        self.ask("POST", "/session/login", data=json.dumps(who)[:-1], headers={"Content-Type": "text/plain"})

    def needles(self) -> list[bytes]:
        """Spell each secret the ways it might be kept; of a token also each part that proves something."""
        parts = {part for secret in self.secrets if "." in secret for part in secret.split(".")[1:]}
        texts = [secret for secret in self.secrets | parts if len(secret) > 8]
        assert len(texts) > 25
        coded = [base64.b64encode(text.encode()).rstrip(b"=") for text in texts]
        return [*(text.encode() for text in texts), *coded, *(text.encode().hex().encode() for text in texts)]


def files_of(home: Path) -> dict[str, bytes]:
    return {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file()}


def hold_none(haystacks: dict[str, bytes], needles: list[bytes]) -> None:
    """Insist that no needle is anywhere; says where, not which."""
    for name, content in haystacks.items():
        assert not any(needle in content for needle in needles), f"a secret is in {name}"


@pytest.fixture
def lab(tmp_path: Path) -> Any:
    with server(tmp_path / "temp", "--denylist", "--workers", "2") as started:
        yield started


def test_S8_no_secret_is_written_down_in_lab_mode(lab: Started) -> None:
    life = Life(lab.ready["url"], lab.ready["users"]["ada"]["password"])
    life.live()
    key = lab.ready["lab_key"]
    shown = {
        name: requests.get(f"{life.url}/lab/{name}", headers={"X-Lab-Key": key}, timeout=30).content
        for name in ("state", *(f"trace/{one}" for one in life.trace_ids))
    }
    assert len(shown) > 25
    (home,) = lab.homes
    kept = files_of(home)
    assert {"accounts.db", "sessions.db"} <= set(kept)
    assert any("traces" in name for name in kept)
    # The lab's own note of the random passwords that it made for its demo users; its owner's alone (row L3).
    demo = kept.pop("demo-users.json")
    assert json.loads(demo).keys() == {"ada", "grace", "mallory"}
    needles = [*life.needles(), key.encode()]
    hold_none({**shown, **kept, "the log": lab.log.encode()}, needles)
    for process in lab.family:
        hold_none({"its arguments": " ".join(process.cmdline()).encode()}, needles)


def test_S8_no_secret_is_written_down_in_normal_mode(normal: Normal) -> None:
    life = Life(normal.url, PASSWORD)
    life.live()
    kept = files_of(normal.home)
    assert {"accounts.db", "sessions.db"} <= set(kept)
    hold_none({**kept, "the log": normal.started.log.encode()}, life.needles())
