"""The denylist: the state comes back, and with it the means to end an access token at once."""

from __future__ import annotations

import pytest

from tests.conftest import Server
from tests.contract.clients import Client, present, problem
from tests.contract.conftest import SignInApp

pytestmark = pytest.mark.parametrize(
    "server",
    [("--denylist",), ("--workers", "2", "--denylist", "--store", "redis")],
    indirect=True,
    ids=["sqlite", "redis"],
)


def test_logout_ends_the_access_token_too(server: Server, app: SignInApp) -> None:
    ada, elsewhere = app(), app()
    assert ada.post("/token/logout", json={"refresh_token": ada.refresh_token}).status_code == 204
    problem(present(server, ada.credential), 401, "invalid_token")
    problem(ada.refresh(), 400, "invalid_grant")
    assert elsewhere.me().status_code == 200


def test_a_revoked_access_token_is_dead_at_once(server: Server, app: SignInApp, client: Client) -> None:
    ada = app()
    old = ada.credential
    assert client.post("/token/revoke", data={"token": old}).status_code == 200
    problem(present(server, old), 401, "invalid_token")
    assert ada.refresh().status_code == 200, "revoking the access token does not end the family"
    assert ada.me().status_code == 200


def test_the_check_costs_one_store_read(server: Server, app: SignInApp) -> None:
    trace = server.trace(app().me())
    assert trace["counts"]["store_reads"] == 1
    assert trace["counts"]["signatures_checked"] == 1


def test_the_list_forgets_what_has_expired(server: Server, app: SignInApp, client: Client) -> None:
    ada = app()
    client.post("/token/revoke", data={"token": ada.credential})
    rows = server.control("GET", "/state")["store"]["rows"]
    (denied,) = (row for row in rows if row["kind"] == "denied")
    assert denied["expires"] - server.control("GET", "/state")["clock"]["now"] <= 15 * 60 + 60


def test_while_the_store_is_down_nobody_knows_what_was_revoked(server: Server, app: SignInApp) -> None:
    ada = app()
    server.control("POST", "/faults", store="down")
    problem(ada.me(), 503, "store_down")
    server.control("POST", "/faults", store="up")
    assert ada.me().status_code == 200
