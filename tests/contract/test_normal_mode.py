"""Out of lab mode: no control API, no trace, no default account."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from labserver.app import create_app, prepare
from labserver.settings import Settings

HOST = {"Host": "127.0.0.1"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    assert prepare(settings) == {}, "nobody has an account yet"
    return create_app(settings).test_client()


@pytest.mark.parametrize(
    "path", ["/lab/state", "/lab/trace/0123456789abcdef", "/lab/clock", "/lab/reset", "/lab/sign"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_there_is_no_control_api(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method, headers=HOST | {"X-Lab-Key": ""}, json={})
    assert answer.status_code == 404


def test_nothing_is_traced(client: FlaskClient) -> None:
    answer = client.get("/session/me", headers=HOST)
    assert answer.status_code == 401
    assert "X-Trace-Id" not in answer.headers
    assert "Server-Timing" not in answer.headers


@pytest.mark.parametrize("path", ["/session/me", "/nothing", "/healthz"])
def test_the_other_headers_are_there_all_the_same(client: FlaskClient, path: str) -> None:
    headers = client.get(path, headers=HOST).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"]


@pytest.mark.parametrize("name", ["ada", "grace", "mallory", "admin", "root", "test"])
@pytest.mark.parametrize("password", ["password", "its name", "admin"])
def test_there_is_no_default_account(client: FlaskClient, name: str, password: str) -> None:
    body = {"username": name, "password": name if password == "its name" else password}
    answer = client.post("/session/login", json=body, headers=HOST)
    assert answer.status_code in (401, 429)
