"""The site rendered on the server: forms, a cookie, and refusals that are pages too."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from tests.conftest import Server


class Browser(requests.Session):
    """Fills in forms, follows redirects, and insists that each answer is a page."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.trust_env = False
        self._site = f"{server.url}/site/"

    def ask(self, form: str | None = None, status: int = 200, **fields: str) -> str:
        """Open the site, or send one of its forms; gives the page it comes to."""
        method = "POST" if form else "GET"
        answer = self.request(method, self._site + (form or ""), data=fields or None, timeout=30)
        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
        return answer.text


def csrf(page: str) -> str:
    """Read the hidden field."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return found[1] if found else ""


@pytest.fixture
def ada(server: Server) -> Iterator[Browser]:
    with Browser(server) as browser:
        yield browser


def test_the_site_from_login_to_logout(server: Server, ada: Browser) -> None:
    assert "You are a stranger" in ada.ask()
    page = ada.ask("login", username="ada", password=server.password("ada"))
    assert "You are <b>ada</b>" in page
    page = ada.ask("cart", item="tea & <milk>", csrf_token=csrf(page))
    assert "<li>tea &amp; &lt;milk&gt;</li>" in page
    page = ada.ask("email", email="ada@analytical.example", csrf_token=csrf(page))
    assert 'value="ada@analytical.example"' in page
    copied = ada.cookies["sid"]
    assert "You are a stranger" in ada.ask("logout", csrf_token=csrf(page))
    assert not ada.cookies
    ada.cookies["sid"] = copied
    assert "You are a stranger" in ada.ask(), "nor does a copy of the cookie open anything"


def test_a_wrong_password_is_said_above_the_form(ada: Browser) -> None:
    page = ada.ask("login", 401, username="ada", password="not her password")
    assert 'role="alert"' in page
    assert 'action="login"' in page


def test_a_refused_change_is_said_on_the_page(server: Server, ada: Browser) -> None:
    ada.ask("login", username="ada", password=server.password("ada"))
    page = ada.ask("cart", 403, item="tea", csrf_token="A" * 43)
    assert 'role="alert"' in page
    assert "It is empty" in page
    assert "<li>tea</li>" in ada.ask("cart", item="tea", csrf_token=csrf(page)), "its form is good"


def test_without_the_store_the_site_says_so(server: Server, ada: Browser) -> None:
    ada.ask("login", username="ada", password=server.password("ada"))
    server.desk("POST", "/faults", store="down")
    try:
        assert "Nobody can be recognised" in ada.ask(None, 503)
    finally:
        server.desk("POST", "/faults", store="up")
    assert "You are <b>ada</b>" in ada.ask()


def test_a_field_that_stands_twice_is_refused(server: Server, ada: Browser) -> None:
    right = server.password("ada")
    twice = [("username", "ada"), ("password", right), ("password", right)]
    answer = ada.post(f"{server.url}/site/login", data=twice, timeout=30)
    assert answer.status_code == 400
    assert not ada.cookies
