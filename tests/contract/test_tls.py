"""Over TLS: the cookie's name makes promises that the browser enforces."""

from __future__ import annotations

import pytest
import requests

from tests.conftest import Server
from tests.contract.clients import Browser, Client, problem, replay
from tests.contract.conftest import SignInApp

pytestmark = pytest.mark.parametrize(
    "server", [("--tls", "--cors-origin", "https://app.example.org")], indirect=True, ids=["tls"]
)


class SecureBrowser(Browser):
    """A browser that holds the cookie by its name over TLS."""

    cookie_name = "__Host-sid"


def test_the_cookie_is_bound_to_this_host(server: Server) -> None:
    with SecureBrowser(server) as ada:
        cookie = ada.login().headers["Set-Cookie"]
        assert cookie.startswith("__Host-sid=")
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not [attribute for attribute in attributes if attribute.startswith("domain")]
        assert ada.me().status_code == 200


def test_the_plain_name_is_not_taken(server: Server) -> None:
    with SecureBrowser(server) as ada:
        ada.login()
        problem(replay(server, ada.credential, cookie="sid"), 401, "no_session")
        assert replay(server, ada.credential, cookie="__Host-sid").status_code == 200


def test_logout_takes_the_cookie_back(server: Server) -> None:
    with SecureBrowser(server) as ada:
        ada.login()
        copy = ada.credential
        answer = ada.post("/session/logout", headers={"Origin": server.url})
        assert answer.status_code == 204
        assert "Secure" in answer.headers["Set-Cookie"], "without it a browser ignores a __Host- cookie's end"
        assert "__Host-sid" not in ada.cookies
        problem(replay(server, copy, cookie="__Host-sid"), 401, "no_session")


def test_the_origin_is_https(server: Server) -> None:
    with SecureBrowser(server) as ada:
        ada.login()
        plain = server.url.replace("https:", "http:")
        answer = ada.post("/session/email", json={"email": "a@b.example"}, headers={"Origin": plain})
        problem(answer, 403, "origin_refused")


@pytest.mark.parametrize("what", ["opaque", "jwt"])
def test_the_grid_cookie_too(server: Server, client: Client, what: str) -> None:
    credentials = {"username": "ada", "password": server.password("ada")}
    cookie = client.post(f"/grid/{what}/cookie/login", json=credentials).headers["Set-Cookie"]
    assert cookie.startswith("__Host-grid=")
    assert "Secure" in cookie
    assert client.get(f"/grid/{what}/cookie/me").status_code == 200


def test_the_token_flow(app: SignInApp) -> None:
    ada = app()
    assert ada.me().status_code == 200
    assert ada.refresh().status_code == 200


def test_only_who_trusts_the_lab_s_own_authority_gets_through(server: Server) -> None:
    with requests.Session() as stranger, pytest.raises(requests.exceptions.SSLError):
        stranger.trust_env = False
        stranger.get(f"{server.url}/healthz", timeout=30)
