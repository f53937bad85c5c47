"""Both flows by hand, with nothing but curl: from login to logout."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server

Curl = Callable[..., tuple[int, Any]]


@pytest.fixture
def curl(server: Server, tmp_path: Path) -> Curl:
    """Return a function that runs curl and gives the status and the body."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed, so nobody has walked both flows by hand")

    def run(path: str, *options: str, body: dict[str, str] | None = None) -> tuple[int, Any]:
        command = [
            program,
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--max-time",
            "30",
            "--write-out",
            "\n%{http_code}",
        ]
        if body is not None:
            command += ["--header", "Content-Type: application/json", "--data", json.dumps(body)]
        done = subprocess.run(
            [*command, *options, server.url + path],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            timeout=60,
        )
        text, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(text) if text else None

    return run


def test_the_session_flow(server: Server, curl: Curl, tmp_path: Path) -> None:
    jar = ("--cookie", "jar.txt", "--cookie-jar", "jar.txt")
    status, body = curl("/session/login", *jar, body={"username": "ada", "password": server.password("ada")})
    assert status == 200
    csrf = ("--header", f"X-CSRF-Token: {body['csrf_token']}")

    status, body = curl("/session/me", *jar)
    assert (status, body["user"]["username"]) == (200, "ada")
    assert curl("/session/admin", *jar)[0] == 403
    status, body = curl("/session/email", *jar, *csrf, body={"email": "ada@analytical.example"})
    assert (status, body["user"]["email"]) == (200, "ada@analytical.example")
    assert curl("/session/email", *jar, body={"email": "forged@example.org"})[0] == 403
    assert curl("/session/cart", *jar, *csrf, body={"item": "tea"}) == (200, {"cart": ["tea"]})
    assert curl("/session/cart", *jar) == (200, {"cart": ["tea"]})
    status, body = curl("/session/sessions", *jar)
    assert (status, len(body["sessions"])) == (200, 1)

    shutil.copy(tmp_path / "jar.txt", tmp_path / "thief.txt")
    assert curl("/session/me", "--cookie", "thief.txt")[0] == 200
    assert curl("/session/logout", *jar, *csrf, "--request", "POST") == (204, None)
    assert curl("/session/me", "--cookie", "thief.txt")[0] == 401
    status, body = curl("/session/me", *jar)
    assert (status, body["code"]) == (401, "no_session")


def test_the_token_flow(server: Server, curl: Curl) -> None:
    status, pair = curl("/token/login", body={"username": "grace", "password": server.password("grace")})
    assert status == 200

    def bearer() -> tuple[str, str]:
        return ("--header", f"Authorization: Bearer {pair['access_token']}")

    status, body = curl("/token/me", *bearer())
    assert (status, body["user"]["username"]) == (200, "grace")
    assert curl("/token/admin", *bearer())[0] == 200
    status, body = curl("/token/email", *bearer(), body={"email": "grace@compilers.example"})
    assert (status, body["user"]["email"]) == (200, "grace@compilers.example")
    assert curl("/.well-known/jwks.json")[0] == 200

    used = pair["refresh_token"]
    status, pair = curl("/token/refresh", body={"refresh_token": used})
    assert status == 200
    assert curl("/token/me", *bearer())[0] == 200
    assert curl("/token/logout", *bearer(), body={"refresh_token": pair["refresh_token"]}) == (204, None)
    status, body = curl("/token/refresh", body={"refresh_token": pair["refresh_token"]})
    assert (status, body["code"], body["error"]) == (400, "invalid_grant", "invalid_grant")
    assert curl("/token/me", *bearer())[0] == 200, "until it expires: that is the lesson"
    assert curl("/token/revoke", "--data-urlencode", f"token={used}")[0] == 200
