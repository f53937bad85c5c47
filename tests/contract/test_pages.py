"""The site rendered on the server: forms, a cookie, and refusals that are pages too."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator

import pytest
import requests

from tests.conftest import ROOT, Server, StartServer


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


def test_what_was_done_is_said_once(server: Server, ada: Browser) -> None:
    page = ada.ask("login", username="ada", password=server.password("ada"))
    assert 'class="news"' not in page
    page = ada.ask("cart", item="tea", csrf_token=csrf(page))
    assert "It is in your cart." in page
    assert "It is in your cart." not in ada.ask(), "a reload does not say it again"


def test_another_device_can_be_ended(server: Server, ada: Browser) -> None:
    with Browser(server) as phone:
        phone.ask("login", username="ada", password=server.password("ada"))
        page = ada.ask("login", username="ada", password=server.password("ada"))
        handles = re.findall(r'name="handle" value="(\w+)"', page)
        assert len(handles) == 1, "the one in use has no such button"
        assert "That session has ended." in ada.ask("device", handle=handles[0], csrf_token=csrf(page))
        assert "You are a stranger" in phone.ask()
    page = ada.ask("device", handle=handles[0], csrf_token=csrf(page))
    assert "had ended before" in page and "You are <b>ada</b>" in page


def test_nobody_elses_device_can_be_ended(server: Server, ada: Browser) -> None:
    with Browser(server) as grace:
        grace.ask("login", username="grace", password=server.password("grace"))
        (row,) = server.control("GET", "/state")["store"]["rows"]
        handle = hashlib.sha256(b"handle" + bytes.fromhex(row["key"])).hexdigest()[:16]
        page = ada.ask("login", username="ada", password=server.password("ada"))
        ada.ask("device", handle=handle, csrf_token=csrf(page))
        assert "You are <b>grace</b>" in grace.ask()


PATHS = ("", "site/", "app/", "bff/")


@pytest.mark.parametrize("path", PATHS)
def test_no_page_needs_more_than_its_own_origin(server: Server, path: str) -> None:
    """No inline script or style, nothing from elsewhere; and the policy would stop what there was."""
    with requests.Session() as anybody:
        anybody.trust_env = False
        answer = anybody.get(f"{server.url}/{path}", timeout=30)
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", answer.text)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        for address in re.findall(r'(?:src|href)="([^"]*)"', answer.text):
            assert not re.match(r"[a-z]+:|/", address)
            assert anybody.get(f"{server.url}/{path}{address}", timeout=30).ok, address


@pytest.mark.parametrize("path", PATHS)
def test_each_page_can_be_read_by_ear(server: Server, path: str) -> None:
    """A language, a title of its own, one first heading, headings in order, a label for each field."""
    with requests.Session() as anybody:
        anybody.trust_env = False
        page = anybody.get(f"{server.url}/{path}", timeout=30).text
    assert '<html lang="en">' in page
    assert page.count('aria-current="page"') == 1
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for field in re.findall(r'<input(?![^>]*type="(?:hidden|radio)")[^>]*id="(\w+)"', page):
        assert f'<label for="{field}"' in page


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
    server.control("POST", "/faults", store="down")
    try:
        assert "Nobody can be recognised" in ada.ask(None, 503)
    finally:
        server.control("POST", "/faults", store="up")
    assert "You are <b>ada</b>" in ada.ask()


def test_a_field_that_stands_twice_is_refused(server: Server, ada: Browser) -> None:
    right = server.password("ada")
    twice = [("username", "ada"), ("password", right), ("password", right)]
    answer = ada.post(f"{server.url}/site/login", data=twice, timeout=30)
    assert answer.status_code == 400
    assert not ada.cookies


def said(page: str) -> str:
    """Read what the page says went wrong, and insist that it is for people: nothing of headers or JSON."""
    found = re.search(r'role="alert">([^<]+)</p>', page)
    assert found, page
    assert not re.search(r"X-|header|Retry-After|JSON|body|pattern|Origin|Host\b", found[1], re.IGNORECASE)
    return found[1]


def test_a_stale_form_says_what_to_do(server: Server, ada: Browser) -> None:
    """Open since before another login, in this browser, made a new session."""
    stale = csrf(ada.ask("login", username="ada", password=server.password("ada")))
    ada.ask("login", username="ada", password=server.password("ada"))
    page = ada.ask("cart", 403, item="tea", csrf_token=stale)
    assert "This form was out of date" in said(page)
    assert csrf(page) not in ("", stale)


def test_a_form_that_is_sent_after_the_end_asks_for_a_login(server: Server, ada: Browser) -> None:
    page = ada.ask("login", username="ada", password=server.password("ada"))
    server.advance(1800)
    page = ada.ask("cart", 401, item="tea", csrf_token=csrf(page))
    assert "Log in below" in said(page) and 'action="login"' in page


@pytest.mark.parametrize(
    ("status", "fields", "sentence"),
    [
        (400, {"item": ""}, "Look at each field again"),
        (400, {"item": "a\x07"}, "Look at each field again"),
        (413, {"item": "x" * 20_000}, "Shorten it"),
    ],
    ids=["empty", "a control character", "too much"],
)
def test_what_a_form_cannot_take_is_said_on_the_page(
    server: Server, ada: Browser, status: int, fields: dict[str, str], sentence: str
) -> None:
    token = csrf(ada.ask("login", username="ada", password=server.password("ada")))
    page = ada.ask("cart", status, **fields, csrf_token=token)
    assert sentence in said(page)
    assert "You are <b>ada</b>" in page and csrf(page) == token


def test_a_login_of_too_much_is_a_page_too(ada: Browser) -> None:
    assert "Shorten it" in said(ada.ask("login", 413, username="ada", password="x" * 20_000))


def test_a_form_of_another_site_says_so(ada: Browser, server: Server) -> None:
    ada.headers["Origin"] = "https://evil.example"
    page = ada.ask("login", 403, username="ada", password=server.password("ada"))
    assert "sent from another address" in said(page)


def test_the_page_says_to_a_guesser_how_long_to_wait(ada: Browser) -> None:
    for _ in range(10):
        assert "is wrong" in said(ada.ask("login", 401, username="ada", password="not her password"))
    page = ada.ask("login", 429, username="ada", password="not her password")
    assert re.search(r"Try again in (29|30) seconds", said(page))


def test_two_cookies_of_one_name_are_no_riddle(ada: Browser) -> None:
    ada.headers["Cookie"] = "sid=one; sid=two"
    assert "Delete the cookies" in said(ada.ask("cart", 400, item="tea"))


def test_two_labs_in_one_browser_share_the_cookie(servers: StartServer, server: Server, ada: Browser) -> None:
    """Cookies ignore ports (RFC 6265 section 8.5); another name of this machine is the way out."""
    other = servers("--denylist")
    ada.ask("login", username="ada", password=server.password("ada"))
    who = {"username": "ada", "password": other.password("ada")}
    assert ada.post(f"{other.url}/session/login", json=who, timeout=30).ok
    assert "You are a stranger" in ada.ask()
    ada.ask("login", username="ada", password=server.password("ada"))
    elsewhere = other.url.replace("127.0.0.1", "localhost")
    assert ada.post(f"{elsewhere}/session/login", json=who, timeout=30).ok
    assert "You are <b>ada</b>" in ada.ask()
    for document in ("README.md", "notebooks/02-sessions.ipynb"):
        assert "ookies ignore ports" in (ROOT / document).read_text(encoding="utf-8")
