"""Every page in a real browser: light, dark and on a phone, by keyboard, and nobody else is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labserver.kit.browser import people
from labserver.kit.browser.tab import Tab
from labserver.kit.browser.web import CLIENT, EVIL, Web
from tests.browser.watch import VARIANTS, Watch


def at(path: str) -> Callable[[Web], Tab]:
    return lambda web: web.tab(web.address(path))


def other(host: str, path: str) -> Callable[[Web], Tab]:
    return lambda web: web.tab(f"{web.sites.origin(host)}{path}")


PAGES: dict[str, Callable[[Web], Tab]] = {
    "stage": at("/"),
    "site, before": at("/site/"),
    "site, inside": lambda web: people.log_in_at_site(web, web.lab),
    "app, before": at("/app/"),
    "app, inside": lambda web: people.log_in_at_app(web, web.lab, "memory"),
    "bff, before": at("/bff/"),
    "bff, inside": lambda web: people.log_in_at_bff(web, web.lab),
    "another site": other(EVIL, "/"),
    "seven requests": other(EVIL, "/send/"),
    "what came": other("shop.localhost", "/received/link/test"),
    "client": other(CLIENT, "/client/"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(name: str, web: Web) -> None:
    """Nothing that axe-core finds, nothing cut off, nothing in the console, nobody else asked."""
    tab = PAGES[name](web)
    watch = Watch(tab)
    tab.reload()
    if name.endswith("inside") and name != "site, inside":
        tab.close()
        tab = PAGES[name](web)  # a reload logs out; what its console says was seen above
        watch.tab = tab
    assert {variant: watch.faults(variant) for variant in VARIANTS} == {key: [] for key in VARIANTS}
    assert watch.problems == []
    assert watch.hosts and not watch.outside
    tab.close()


def test_what_is_wrong_is_seen(web: Web) -> None:
    """A page without language and labels, too wide, with an error, that asks somebody else: each is found."""
    tab = web.tab()
    watch = Watch(tab)
    page = "<title>x</title><main style='width: 2000px'><input></main><script>nothing()</script>"
    tab.do(lambda page_: page_.set_content(f"<html>{page}<img src='http://outside.test/'></html>"))
    faults = watch.faults("phone")
    assert any(fault.startswith("label:") for fault in faults)
    assert any(fault.startswith("html-has-lang:") for fault in faults)
    assert "wider than 390 px" in faults
    assert any("nothing is not defined" in problem for problem in watch.problems)
    assert watch.outside == {"outside.test"}
    tab.close()


def press(tab: Tab, *keys: str) -> None:
    for key in keys:
        tab.do(lambda page, key=key: page.keyboard.press(key))  # type: ignore[misc]


def type_in(tab: Tab, text: str) -> None:
    tab.do(lambda page: page.keyboard.type(text))


def tab_to(tab: Tab, selector: str) -> None:
    """Go on with the Tab key until this element has the focus."""
    for _ in range(40):
        if tab.script(f"document.activeElement.matches({selector!r})"):
            return
        press(tab, "Tab")
    raise AssertionError(f"the Tab key does not lead to {selector}")


@pytest.mark.parametrize("path", ["/site/", "/app/", "/bff/"])
def test_the_keyboard_alone_leads_from_login_to_logout(path: str, web: Web) -> None:
    tab = web.tab(web.address(path))
    tab_to(tab, "#username")
    type_in(tab, "ada")
    tab_to(tab, "#password")
    type_in(tab, web.lab.login("ada")["password"])
    press(tab, "Enter")
    inside = "input[name=email]" if path == "/site/" else "#inside"
    tab.wait_for(inside)
    tab_to(tab, "input[type=email]")
    type_in(tab, "ada@by-keyboard.example")
    press(tab, "Enter")
    if path == "/site/":
        tab.wait_for(".news")  # the redirect after the POST has arrived
    out = "form[action=logout] button" if path == "/site/" else "#logout"
    tab_to(tab, out)
    press(tab, "Enter")
    tab.wait_for("#password")
    tab.close()
    users = {user["username"]: user["email"] for user in web.lab.state().users}
    assert "by-keyboard" in users["ada"]
    web.lab.user("ada", email="ada@example.org")
