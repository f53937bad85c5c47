"""The backend for frontend: the browser holds a session's cookie, the server the tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from http.cookies import SimpleCookie

import pytest
import requests

from tests.conftest import Server, StartServer
from tests.contract.clients import App, Browser
from tests.contract.conftest import each_store


class Page(Browser):
    """The script of `/bff/`, as far as HTTP shows it."""

    cookie_name, flow = "bff", "/bff"


@pytest.fixture
def ada(server: Server) -> Iterator[Page]:
    with Page(server) as page:
        assert page.login("ada").status_code == 200
        yield page


def rows(server: Server, kind: str) -> list[dict[str, object]]:
    return [row for row in server.control("GET", "/state")["store"]["rows"] if row["kind"] == kind]


@each_store
def test_from_login_to_logout(server: Server) -> None:
    with Page(server) as page:
        assert page.get("/bff/session").json() == {"active": False}
        assert page.login("ada").json()["user"]["username"] == "ada"
        assert page.get("/bff/session").json() == {"active": True}
        assert page.post("/bff/email", json={"email": "ada@bff.example"}).status_code == 200
        assert page.me().json()["user"]["email"] == "ada@bff.example"
        copied = page.credential
        assert page.post("/bff/logout").status_code == 204
        assert not page.cookies
        page.cookies["bff"] = copied
        assert page.me().status_code == 401, "nor does a copy of the cookie open anything"
    assert not rows(server, "session") and not rows(server, "family")


def test_the_browser_gets_no_token(server: Server) -> None:
    with Page(server) as page:
        answers = [page.login("ada"), page.me(), page.post("/bff/email", json={"email": "a@b.example"})]
    for answer in answers:
        assert "eyJ" not in answer.text + str(answer.headers)
        assert "token" not in answer.text.replace("csrf_token", "")


def test_its_cookie_is_for_this_site_alone(server: Server) -> None:
    with Page(server) as page:
        line = page.login("ada").headers["Set-Cookie"]
    cookie = SimpleCookie(line)["bff"]
    assert (cookie["samesite"], cookie["httponly"], cookie["path"]) == ("Strict", True, "/")


def test_the_row_holds_no_token_that_can_be_read(server: Server, ada: Page) -> None:
    (row,) = rows(server, "session")
    sealed = str(row["data"]["sealed"])  # type: ignore[index]
    assert "eyJ" not in json.dumps(row)
    assert ada.credential not in json.dumps(row)
    assert len(sealed) > 400


def test_an_expired_access_token_is_renewed_unnoticed(server: Server, ada: Page) -> None:
    server.advance(901)
    assert ada.me().status_code == 200
    server.advance(901)
    assert ada.post("/bff/email", json={"email": "ada@later.example"}).status_code == 200


@pytest.mark.parametrize("server", [(), ("--workers", "2")], indirect=True, ids=["one worker", "two"])
def test_of_several_requests_one_refreshes(server: Server, ada: Page) -> None:
    """A refresh token that is used twice ends its family: then all of them would be logged out."""
    server.advance(901)
    seen: list[int] = []
    ready = threading.Barrier(8)

    def ask() -> None:
        with requests.Session() as tab:
            tab.trust_env = False
            ready.wait()
            cookie = {"Cookie": f"bff={ada.credential}"}
            seen.append(tab.get(f"{server.url}/bff/me", headers=cookie, timeout=30).status_code)

    tabs = [threading.Thread(target=ask) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert seen == [200] * 8
    assert ada.me().status_code == 200


def test_when_the_tokens_end_so_does_the_session(server: Server, ada: Page) -> None:
    with App(server) as elsewhere:
        elsewhere.login("ada")
        assert elsewhere.post("/token/logout-all").status_code == 204
    assert ada.me().status_code == 200, "the access token lives on until it expires"
    server.advance(901)
    assert ada.me().status_code == 401
    assert not rows(server, "session")


def test_a_session_of_the_site_holds_no_tokens(server: Server) -> None:
    with Browser(server) as site, Page(server) as page:
        site.login("ada")
        page.cookies["bff"] = site.credential
        assert page.get("/bff/session").json() == {"active": False}
        assert page.me().status_code == 401


def test_a_new_login_replaces_session_and_tokens(server: Server, ada: Page) -> None:
    with App(server) as elsewhere:
        elsewhere.login("ada")
        assert ada.login("ada").status_code == 200
        assert len(rows(server, "session")) == 1
        assert len(rows(server, "family")) == 2, "the page's new one, and that of the other client"
        assert elsewhere.refresh().status_code == 200


def test_a_login_replaces_a_session_without_tokens(server: Server) -> None:
    with Browser(server) as site, Page(server) as page:
        site.login("ada")
        page.cookies["bff"] = site.credential
        assert page.login("ada").status_code == 200
        assert site.me().status_code == 401


def test_the_idle_limit_holds(server: Server, ada: Page) -> None:
    server.advance(1800)
    assert ada.me().status_code == 401


def test_the_family_of_a_session_that_idled_out_can_be_ended(server: Server, ada: Page) -> None:
    server.advance(1800)
    assert ada.me().status_code == 401
    assert len(rows(server, "family")) == 1, "the key of its tokens went with the session"
    with App(server) as elsewhere:
        elsewhere.login("ada")
        assert elsewhere.post("/token/logout-all").status_code == 204
    assert not rows(server, "family")


def test_a_change_needs_the_csrf_token(ada: Page) -> None:
    del ada.headers["X-CSRF-Token"]
    for path in ("/bff/email", "/bff/logout"):
        answer = ada.post(path, json={"email": "a@b.example"} if "email" in path else None)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert ada.me().status_code == 200


def test_another_sites_page_can_neither_log_in_nor_change(server: Server, ada: Page) -> None:
    ada.headers["Origin"] = "https://evil.example"
    assert ada.post("/bff/email", json={"email": "a@b.example"}).status_code == 403
    assert ada.login("ada").status_code == 403


@pytest.mark.parametrize("host", ["[localhost]", "[127.0.0.1", "localhost:99999999"])
def test_an_odd_host_that_is_let_in_is_no_mistake(server: Server, host: str) -> None:
    """The API is asked under the Host that came, and so does not refuse what was let in a moment ago."""
    person = {"username": "ada", "password": server.password("ada")}
    headers = {"Host": host, "Content-Type": "application/json"}
    with closing(HTTPConnection(server.url.partition("//")[2], timeout=30)) as connection:
        connection.request("POST", "/bff/login", json.dumps(person), headers)
        assert connection.getresponse().status == 200


def test_what_the_api_refuses_is_passed_on(server: Server) -> None:
    with Page(server) as page:
        codes = [page.login("ada", "not her password").json()["code"] for _ in range(11)]
        assert codes == ["invalid_credentials"] * 10 + ["too_many_tries"]
        assert int(page.login("ada", "not her password").headers["Retry-After"]) > 0


def test_without_the_store_it_says_so(server: Server, ada: Page) -> None:
    server.control("POST", "/faults", store="down")
    try:
        assert ada.me().status_code == 503
        assert ada.get("/bff/session").status_code == 503
    finally:
        server.control("POST", "/faults", store="up")
    assert ada.me().status_code == 200


def test_the_trace_shows_that_the_api_was_asked(server: Server, ada: Page) -> None:
    trace = server.trace(ada.me())
    assert trace["credential"]["name"] == "bff"
    asked = [event for event in trace["events"] if event["kind"] == "api.call"]
    assert [event["text"] for event in asked] == ["asks GET /token/me"]
    assert trace["counts"]["store_reads"] == 1, "the API's own work is in a trace of its own"


def test_over_tls_its_cookie_has_the_prefix(servers: StartServer) -> None:
    with Page(servers("--tls")) as page:
        assert page.login("ada").headers["Set-Cookie"].startswith("__Host-bff=")
        assert page.me().status_code == 200
