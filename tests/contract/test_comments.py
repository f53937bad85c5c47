"""Comments below the pages: escaped, unless a weakness says otherwise; and there in lab mode only."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from labserver.app import create_app, prepare
from labserver.lab_mode.comments import LONGEST, MOST
from labserver.settings import Settings

SCRIPT = "<script>steal()</script>"
HOST = {"Host": "127.0.0.1"}


def server(home: Path, weak: str | None = None, lab_key: str | None = "key") -> FlaskClient:
    settings = Settings(home=home / "server", lab_key=lab_key, weak=weak)
    prepare(settings)
    return create_app(settings, tidy=False).test_client()


def leave(client: FlaskClient, text: str) -> int:
    return client.post("/comments/", data={"text": text}, headers=HOST).status_code


def test_a_comment_is_escaped_and_the_policy_stays(tmp_path: Path) -> None:
    client = server(tmp_path)
    assert leave(client, SCRIPT) == 303
    for path in ("/", "/site/", "/app/", "/bff/"):
        page = client.get(path, headers=HOST)
        assert SCRIPT not in page.text and "&lt;script&gt;steal()" in page.text, path
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert client.get("/comments/0", headers=HOST).status_code == 404


def test_pages_are_as_they_were_until_somebody_leaves_one(tmp_path: Path) -> None:
    client = server(tmp_path)
    assert "comments" not in client.get("/site/", headers=HOST).text
    assert leave(client, "") == leave(client, "x" * (LONGEST + 1)) == 400
    for number in range(MOST + 3):
        leave(client, f"number {number}.")
    page = client.get("/site/", headers=HOST).text
    assert "number 2." not in page and "number 3." in page


@pytest.mark.parametrize(
    ("csp", "allowed"),
    [
        ("none", "frame-ancestors 'none'"),
        ("self", "script-src 'self'; frame-ancestors 'none'"),
        ("other", "frame-ancestors 'none'"),
    ],
)
def test_the_weakness_shows_it_as_markup(csp: str, allowed: str, tmp_path: Path) -> None:
    client = server(tmp_path, "unescaped-comments")
    leave(client, SCRIPT)
    page = client.get(f"/app/?csp={csp}", headers=HOST)
    assert SCRIPT in page.text
    assert page.headers["Content-Security-Policy"] == allowed
    assert client.get("/comments/0", headers=HOST).text == SCRIPT


def test_a_nonce_is_for_one_page_and_for_our_own_scripts(tmp_path: Path) -> None:
    client = server(tmp_path, "unescaped-comments")
    leave(client, SCRIPT)
    policies = set()
    for _ in range(2):
        page = client.get("/app/?csp=nonce", headers=HOST)
        policies.add(policy := page.headers["Content-Security-Policy"])
        nonce = policy.removeprefix("script-src 'nonce-").removesuffix("'; frame-ancestors 'none'")
        assert page.text.count(f'nonce="{nonce}"') == 1 and SCRIPT in page.text
    assert len(policies) == 2


def test_a_normal_server_takes_none(tmp_path: Path) -> None:
    assert leave(server(tmp_path, lab_key=None), "hello") == 404
