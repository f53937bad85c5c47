"""Other origins: those on the list may use the token flow from a script, and nobody else anything."""

from __future__ import annotations

import pytest
import requests

from tests.contract.clients import Client
from tests.contract.conftest import SignIn, SignInApp

LISTED = "https://app.example.org"
UNLISTED = [
    "null",
    "https://evil.example",
    f"{LISTED}.evil.example",
    "https://evilapp.example.org",
    "http://app.example.org",
    f"{LISTED}:8443",
    "https://APP.example.org/",
]

pytestmark = pytest.mark.parametrize(
    "server", [("--tls", "--cors-origin", LISTED)], indirect=True, ids=["tls"]
)


def preflight(client: Client, path: str, origin: str, method: str = "GET") -> requests.Response:
    """Ask what a browser asks before a script's request with an Authorization header."""
    wanted = {
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.options(path, headers={"Origin": origin} | wanted)


def test_a_listed_origin_may_call_the_token_flow(client: Client, app: SignInApp) -> None:
    for path, method in (
        ("/token/me", "GET"),
        ("/token/login", "POST"),
        ("/token/refresh", "POST"),
        ("/token/email", "POST"),
    ):
        asked = preflight(client, path, LISTED, method)
        assert asked.status_code in (200, 204)
        assert asked.headers["Access-Control-Allow-Origin"] == LISTED
        assert "authorization" in asked.headers["Access-Control-Allow-Headers"].lower()
        assert "content-type" in asked.headers["Access-Control-Allow-Headers"].lower()
        assert method in asked.headers["Access-Control-Allow-Methods"]
        assert "Origin" in asked.headers["Vary"]
    answer = app().get("/token/me", headers={"Origin": LISTED})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == LISTED
    assert "Origin" in answer.headers["Vary"]


def test_a_script_may_read_a_refusal_too(client: Client) -> None:
    answer = client.get("/token/me", headers={"Origin": LISTED})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == LISTED


@pytest.mark.parametrize("asks", ["the browser, before", "the script"])
@pytest.mark.parametrize("origin", UNLISTED)
def test_an_unlisted_origin_gets_no_permission(
    client: Client, app: SignInApp, origin: str, asks: str
) -> None:
    if asks == "the script":
        answer = app().get("/token/me", headers={"Origin": origin})
    else:
        answer = preflight(client, "/token/me", origin)
    assert not [name for name in answer.headers if name.lower().startswith("access-control-allow")]
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/session/me", "/session/login", "/grid/jwt/cookie/me", "/lab/state"])
def test_no_preflight_for_a_cookie_is_allowed(client: Client, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(client, path, LISTED).headers


def test_cookies_are_never_shared_across_origins(client: Client, browser: SignIn) -> None:
    answer = browser().get("/session/me", headers={"Origin": LISTED})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in preflight(client, "/token/me", LISTED).headers
