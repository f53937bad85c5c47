"""The grid's four cells: what a credential is, and how it travels, are two questions."""

from __future__ import annotations

import pytest
import requests

from tests.conftest import Server
from tests.contract.clients import Client, fingerprint_of, problem

WHAT, HOW = ["opaque", "jwt"], ["cookie", "header"]
pytestmark = [pytest.mark.parametrize("what", WHAT), pytest.mark.parametrize("how", HOW)]


class Holder(Client):
    """Somebody with a credential of one of the four cells."""

    def __init__(self, server: Server, what: str, how: str) -> None:
        super().__init__(server)
        self.cell, self.how = f"/grid/{what}/{how}", how

    def login(self, name: str = "ada") -> requests.Response:
        """Log in, and keep what the cell gives."""
        credentials = {"username": name, "password": self.server.password(name)}
        answer = self.post(f"{self.cell}/login", json=credentials)
        assert answer.status_code == 200
        if self.how == "cookie":
            self.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        else:
            self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer

    @property
    def credential(self) -> str:
        """The opaque id or the JWT."""
        if self.how == "cookie":
            return str(self.cookies["grid"])
        return str(self.headers["Authorization"]).removeprefix("Bearer ")


@pytest.fixture
def ada(server: Server, what: str, how: str) -> Holder:
    """Ada, logged in to this cell."""
    holder = Holder(server, what, how)
    holder.login()
    return holder


def test_login_gives_the_credential_by_its_carrier(server: Server, what: str, how: str) -> None:
    holder = Holder(server, what, how)
    answer = holder.login()
    body = answer.json()
    assert body["user"]["username"] == "ada"
    assert body["expires_in"] > 0
    if how == "cookie":
        assert set(body) == {"user", "csrf_token", "expires_in"}
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("grid=")
        for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
            assert attribute in cookie
    else:
        assert set(body) == {"user", "access_token", "token_type", "expires_in"}
        assert body["token_type"] == "Bearer"
        assert "Set-Cookie" not in answer.headers
    assert holder.credential.count(".") == (2 if what == "jwt" else 0)


def test_me(ada: Holder, what: str, how: str) -> None:
    assert ada.get(f"{ada.cell}/me").json()["user"]["username"] == "ada"


def test_me_without_credentials(client: Client, what: str, how: str) -> None:
    answer = client.get(f"/grid/{what}/{how}/me")
    problem(answer, 401, "no_session" if how == "cookie" else "no_token")
    if how == "header":
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_only_a_cookie_needs_the_csrf_token(ada: Holder, what: str, how: str) -> None:
    change = {"email": "ada@analytical.example"}
    forged = ada.post(f"{ada.cell}/email", json=change, headers={"X-CSRF-Token": None})
    if how == "cookie":
        problem(forged, 403, "csrf_failed")
    else:
        assert forged.status_code == 200
    answer = ada.post(f"{ada.cell}/email", json=change)
    assert answer.json()["user"]["email"] == "ada@analytical.example"


def test_only_a_cookie_minds_where_the_request_comes_from(ada: Holder, what: str, how: str) -> None:
    answer = ada.post(
        f"{ada.cell}/email", json={"email": "a@b.example"}, headers={"Origin": "https://evil.example"}
    )
    if how == "cookie":
        problem(answer, 403, "origin_refused")
    else:
        assert answer.status_code == 200


def test_logout_ends_what_the_server_can_end(server: Server, ada: Holder, what: str, how: str) -> None:
    copy = ada.credential
    assert ada.post(f"{ada.cell}/logout").status_code == 204
    headers = {"Cookie": f"grid={copy}"} if how == "cookie" else {"Authorization": f"Bearer {copy}"}
    replayed = Client(server).get(f"{ada.cell}/me", headers=headers)
    if what == "opaque":
        assert replayed.status_code == 401
    else:
        assert replayed.status_code == 200, "nobody keeps a list of tokens here"
    if how == "cookie":
        assert "grid" not in ada.cookies


def test_login_again_ends_the_old_opaque_cookie(server: Server, ada: Holder, what: str, how: str) -> None:
    old = ada.credential
    ada.login()
    assert ada.credential != old
    headers = {"Cookie": f"grid={old}"} if how == "cookie" else {"Authorization": f"Bearer {old}"}
    replayed = Client(server).get(f"{ada.cell}/me", headers=headers)
    assert replayed.status_code == (401 if (what, how) == ("opaque", "cookie") else 200)


def test_logout_without_credentials(client: Client, what: str, how: str) -> None:
    assert client.post(f"/grid/{what}/{how}/logout").status_code == 401


def test_what_decides_the_cost_of_a_check(server: Server, ada: Holder, what: str, how: str) -> None:
    trace = server.trace(ada.get(f"{ada.cell}/me"))
    counts = trace["counts"]
    assert (counts["store_reads"], counts["signatures_checked"]) == ((1, 0) if what == "opaque" else (0, 1))
    assert counts["store_writes"] == counts["signatures_made"] == counts["password_checks"] == 0
    assert trace["flow"] == f"grid/{what}/{how}"
    assert trace["credential"]["carrier"] == how
    assert trace["credential"]["chip"] == fingerprint_of(ada.credential)


def test_an_opaque_id_is_no_token_nor_the_reverse(server: Server, ada: Holder, what: str, how: str) -> None:
    copy = ada.credential
    for other_what in WHAT:
        for other_how in HOW:
            if (other_what, other_how) == (what, how):
                continue
            headers = (
                {"Cookie": f"grid={copy}"} if other_how == "cookie" else {"Authorization": f"Bearer {copy}"}
            )
            if other_what != what:
                answer = Client(server).get(f"/grid/{other_what}/{other_how}/me", headers=headers)
                assert answer.status_code == 401
    with Client(server) as thief:
        assert thief.get("/session/me", headers={"Cookie": f"grid={copy}"}).status_code == 401
