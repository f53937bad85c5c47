"""Other sites against the shop in a real browser: what they get through, and what the lab's own rule says."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from labserver.kit import browser
from labserver.kit.browser import people
from labserver.kit.browser.cookies import RULED
from labserver.kit.browser.model import TOP_LEVEL
from labserver.kit.browser.web import CLIENT, EVIL, SIBLING, Web, recall

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "07-attacking-sessions.ipynb"


@pytest.fixture(scope="module")
def came(lasting_web: Web) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = lasting_web.run(browser.attached).data
    return found


def test_the_labs_rule_agrees_with_the_browser_in_every_cell(came: dict[str, dict[str, Any]]) -> None:
    assert browser.agreement(came) == (105, 105)


def test_what_is_stored_is_what_the_browser_does(came: dict[str, dict[str, Any]]) -> None:
    """The stored results are what `09-attached` grades by."""
    kept = recall("attached")
    seen = {place: {kind: one["cookies"] for kind, one in kinds.items()} for place, kinds in came.items()}
    assert seen == {p: {kind: one["cookies"] for kind, one in kinds.items()} for p, kinds in kept.items()}


def test_the_rule_of_notebook_07_agrees_too(came: dict[str, dict[str, Any]]) -> None:
    """07 writes the rule down in a cell, for links and forms, or takes it from the kit."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    found = [source for source in sources if "def cookie_goes(" in source]
    if not found:
        assert any("cookie_goes" in source for source in sources)
        return
    body = next(
        node
        for node in ast.parse(found[0]).body
        if isinstance(node, ast.FunctionDef) and node.name == "cookie_goes"
    )
    names: dict[str, Any] = {}
    exec(compile(ast.Module([body], []), "07", "exec"), names)  # noqa: S102 - our own notebook
    for kinds in came.values():
        for kind, one in kinds.items():
            for name, samesite in RULED.items() if kind in TOP_LEVEL else ():
                site = "cross-site" if one["site"] == "cross-site" else "same-site"
                assert names["cookie_goes"](samesite, site, one["method"]) == (name in one["cookies"])


def test_an_authorization_header_never_comes_by_itself(came: dict[str, dict[str, Any]]) -> None:
    assert not any(one["authorization"] for kinds in came.values() for one in kinds.values())


def email(web: Web, weak: str | None) -> str:
    users = {user["username"]: user["email"] for user in web.weak(weak).state().users}
    return str(users["ada"])


@pytest.mark.parametrize(
    ("attack", "weak"), [("forged-form", "no-csrf"), ("forged-json", "any-content-type")]
)
@pytest.mark.parametrize("lacks", [True, False], ids=["weak", "strong"])
@pytest.mark.parametrize("site", [SIBLING, EVIL])
def test_a_forgery_gets_in_where_a_defence_lacks_and_from_the_same_site(
    attack: str, weak: str, site: str, lacks: bool, web: Web
) -> None:
    """From the sibling the cookie comes along, so the server decides; from another site Lax keeps it back."""
    server = weak if lacks else None
    lab = web.weak(server)
    lab.user("ada", email="ada@example.org")
    people.log_in_at_site(web, lab).close()
    tab = web.tab()
    port = lab.url.rpartition(":")[2]
    tab.do(lambda page: page.goto(f"{web.sites.origin(site)}/attack/{attack}?shop={port}"))
    tab.arrive("**/email" if attack == "forged-json" or site == EVIL or not lacks else "**/site/")
    tab.close()
    got_in = email(web, server) == "mallory@evil.example"
    assert got_in == (lacks and site == SIBLING)


def test_the_client_on_another_origin_says_what_it_may_read(web: Web) -> None:
    tab = web.tab(f"{web.sites.origin(CLIENT)}/client/?shop={web.lab.url.rpartition(':')[2]}")
    tab.fill("#username", "ada")
    tab.fill("#password", web.lab.login("ada")["password"])
    for number, selector in enumerate(("#login button", "#me", "#cookie", "#blind"), 1):
        tab.click(selector)
        tab.wait_for(f"#log li:nth-child({number})")
    lines = tab.text("#log").splitlines()
    tab.close()
    assert lines[:2] == ["log in: 200", "read with the token: 200"]
    assert "did not let the script read" in lines[2]
    assert "sent, and the answer cannot be read" in lines[3]
    for line in lines[2:]:
        assert f"cannot know what the shop did: look at {web.address('/site/')}" in line


@pytest.mark.parametrize("kind", ["image", "fetch", "download", "eventsource"])
@pytest.mark.parametrize("site", [SIBLING, EVIL])
def test_a_page_that_stays_says_what_its_request_carried(kind: str, site: str, web: Web) -> None:
    """From another site a download alone carries the site's cookie, which is Lax: it is a top-level GET."""
    people.log_in_at_site(web, web.lab).close()
    people.log_in_at_bff(web, web.lab, forget_cookies=False).close()
    cookies = "bff, sid" if site == SIBLING else "sid" if kind == "download" else "none"
    tab = web.tab(f"{web.sites.origin(site)}/send/?as=stays")
    for _ in range(1 if kind == "image" else 2):  # a page loads the same image once
        tab.click(f"[data-kind={kind}]")
        tab.wait_for("#status:text('The recorder got')")
        assert f"The recorder got this: GET. Cookies: {cookies}." in tab.text("#status")
    tab.close()


@pytest.mark.parametrize("policy", ["none", "self", "nonce"])
def test_the_apps_own_scripts_run_under_every_policy(policy: str, web: Web) -> None:
    """A policy that keeps the stranger's scripts out by breaking ours would prove nothing."""
    lab = web.weak("unescaped-comments")
    people.comment(lab, "<b>a friendly comment</b>")
    tab = web.tab(web.address(f"/app/?csp={policy}", lab))
    tab.click("[name=place][value=session]")
    tab.fill("#username", "ada")
    tab.fill("#password", lab.login("ada")["password"])
    tab.click("form:has(#password) button")
    tab.wait_for("#inside")
    assert "a friendly comment" in tab.text("#comments")
    tab.script("sessionStorage.clear()")
    tab.close()


def test_our_own_server_escapes_what_visitors_write(web: Web) -> None:
    people.comment(web.lab, "<script>window.stranger = 1</script>")
    tab = web.tab(web.address("/site/"))
    assert tab.text("#comments li") == "<script>window.stranger = 1</script>"
    assert tab.script("window.stranger ?? null") is None
    tab.close()
