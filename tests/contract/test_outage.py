"""While the store is down: sessions fail closed, tokens go on, and all is well again without a restart."""

from __future__ import annotations

import requests

from tests.conftest import Server
from tests.contract.clients import Client, problem
from tests.contract.conftest import SignIn, SignInApp, each_store

pytestmark = each_store


def store_down(answer: requests.Response) -> None:
    problem(answer, 503, "store_down")
    assert int(answer.headers["Retry-After"]) > 0


def test_sessions_wait_and_tokens_go_on(
    server: Server, browser: SignIn, app: SignInApp, client: Client
) -> None:
    ada, grace = browser("ada"), app("grace")
    server.control("POST", "/faults", store="down")

    store_down(ada.me())
    store_down(ada.get("/session/admin"))
    store_down(ada.post("/session/email", json={"email": "ada@analytical.example"}))
    store_down(ada.post("/session/logout"))
    store_down(client.post("/session/login", json={"username": "ada", "password": server.password("ada")}))
    store_down(client.get("/readyz"))

    assert grace.me().status_code == 200
    assert grace.get("/token/admin").status_code == 200
    store_down(client.post("/token/refresh", json={"refresh_token": grace.refresh_token}))
    store_down(client.post("/token/login", json={"username": "ada", "password": server.password("ada")}))
    assert client.get("/healthz").status_code == 200
    assert client.get("/.well-known/jwks.json").status_code == 200

    server.control("POST", "/faults", store="up")
    assert ada.me().json()["user"]["email"] != "ada@analytical.example"
    assert grace.refresh().status_code == 200
    assert client.get("/readyz").status_code == 200


def test_who_sends_no_credentials_needs_no_store(server: Server, client: Client) -> None:
    server.control("POST", "/faults", store="down")
    problem(client.get("/session/me"), 401, "no_session")
    problem(client.get("/token/me"), 401, "no_token")


def test_the_grid_shows_who_needs_the_store(server: Server, client: Client) -> None:
    credentials = {"username": "ada", "password": server.password("ada")}
    tokens = {
        what: client.post(f"/grid/{what}/header/login", json=credentials).json()["access_token"]
        for what in ("opaque", "jwt")
    }
    server.control("POST", "/faults", store="down")
    bearer = {what: {"Authorization": f"Bearer {token}"} for what, token in tokens.items()}
    store_down(client.get("/grid/opaque/header/me", headers=bearer["opaque"]))
    assert client.get("/grid/jwt/header/me", headers=bearer["jwt"]).status_code == 200


def test_reset_puts_the_store_back(server: Server, client: Client) -> None:
    server.control("POST", "/faults", store="down")
    server.control("POST", "/reset")
    assert client.get("/readyz").status_code == 200
