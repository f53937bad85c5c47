"""A token for one service alone, asked for by `resource` (RFC 8707)."""

from __future__ import annotations

import pytest

from labserver.settings import PARTNER
from tests.conftest import Server, StartServer
from tests.contract.clients import App, Client, problem
from tests.contract.conftest import SignInApp, each_store

API = "labserver-api"


@each_store
def test_a_login_without_resource_reaches_every_service(app: SignInApp) -> None:
    ada = app()
    assert ada.claims["aud"] == API
    for resource in (PARTNER, API, None):
        assert ada.refresh(resource=resource).status_code == 200
        assert ada.claims["aud"] == (resource or API), "one audience, which is text"
    assert ada.refresh().status_code == 200
    assert ada.claims["aud"] == API


@each_store
def test_a_login_with_resource_reaches_that_service_alone(server: Server) -> None:
    with App(server) as ada:
        assert set(ada.login(resource=PARTNER).json()) == {
            "access_token",
            "token_type",
            "expires_in",
            "refresh_token",
        }
        assert ada.claims["aud"] == PARTNER
        problem(ada.me(), 401, "invalid_token")
        problem(ada.refresh(resource=API), 400, "invalid_target")
        assert ada.refresh().status_code == 200
        assert ada.claims["aud"] == PARTNER


@pytest.mark.parametrize("resource", ["https://unknown.example", "", API + "/", PARTNER + "/", "x" * 200])
def test_an_unknown_resource_is_refused(server: Server, app: SignInApp, resource: str) -> None:
    ada = app()
    for answer in (ada.refresh(resource=resource), ada.login(resource=resource)):
        problem(answer, 400, "invalid_target")
        assert answer.json()["error"] == "invalid_target"
    assert ada.refresh().status_code == 200
    rows = [row["kind"] for row in server.control("GET", "/state")["store"]["rows"]]
    assert rows == ["family"], "a refused login leaves nothing behind"


@pytest.mark.parametrize("resource", [7, [PARTNER], {}, True, "x" * 201])
def test_a_resource_is_one_name(app: SignInApp, resource: object) -> None:
    ada = app()
    problem(ada.refresh(resource=resource), 400, "invalid_request")
    problem(ada.login(resource=resource), 400, "invalid_request")


def test_a_wrong_password_is_reported_before_a_wrong_resource(client: Client) -> None:
    """Otherwise a stranger could ask which services there are."""
    body = {"username": "ada", "password": "not her password", "resource": "https://unknown.example"}
    problem(client.post("/token/login", json=body), 401, "invalid_credentials")


def test_a_used_refresh_token_ends_the_family_whatever_it_asks_for(app: SignInApp) -> None:
    ada = app()
    used = ada.refresh_token
    ada.refresh()
    answer = ada.post("/token/refresh", json={"refresh_token": used, "resource": "https://unknown.example"})
    problem(answer, 400, "invalid_grant")
    problem(ada.refresh(), 400, "invalid_grant")


@pytest.mark.parametrize("path", ["/session/login", "/grid/jwt/header/login"])
def test_other_logins_know_nothing_of_it(server: Server, client: Client, path: str) -> None:
    body = {"username": "ada", "password": server.password("ada"), "resource": "https://unknown.example"}
    assert client.post(path, json=body).status_code == 200


def test_services_are_named_on_the_command_line(servers: StartServer) -> None:
    names = ("https://shop.example/api", "urn:example:print")
    server = servers("--resource", names[0], "--resource", names[1])
    with App(server) as ada:
        for name in names:
            assert ada.login(resource=name).status_code == 200
            assert ada.claims["aud"] == name
        problem(ada.login(resource=PARTNER), 400, "invalid_target")
