"""What people do in the pages: log in, look, leave a comment."""

from __future__ import annotations

from labserver.kit.browser.tab import Tab
from labserver.kit.browser.web import Web
from labserver.kit.failures import KitError
from labserver.kit.lab import Lab

USER = "ada"


def log_in_at_site(web: Web, lab: Lab) -> Tab:
    """Open the site in a new tab and log Ada in; all cookies are forgotten first."""
    web.browser.clear_cookies()
    tab = web.tab(web.address("/site/", lab))
    _type(tab, lab)
    tab.wait_for("input[name=email]")
    return tab


def log_in_at_app(web: Web, lab: Lab, place: str) -> Tab:
    """Open the app in a new tab and log Ada in; `place` is where the tokens go: memory, session, local."""
    tab = web.tab(web.address("/app/", lab))
    tab.click(f"[name=place][value={place}]")
    _type(tab, lab)
    tab.wait_for("#inside")
    return tab


def log_in_at_bff(web: Web, lab: Lab, *, forget_cookies: bool = True) -> Tab:
    """Open the app with a backend in a new tab and log Ada in; `forget_cookies` removes all cookies first."""
    if forget_cookies:
        web.browser.clear_cookies()
    tab = web.tab(web.address("/bff/", lab))
    _type(tab, lab)
    tab.wait_for("#inside")
    return tab


def _type(tab: Tab, lab: Lab) -> None:
    tab.fill("#username", USER)
    tab.fill("#password", lab.login(USER)["password"])
    tab.click("form:has(#password) button")


def comment(lab: Lab, text: str) -> int:
    """Leave a comment, as Mallory: nobody has to log in for that. Returns its number. Raises KitError."""
    answer = lab.client("mallory").post("/comments/", data={"text": text}, allow_redirects=False)
    if answer.status_code != 303:
        raise KitError(f"the comment was answered {answer.status_code}")
    return int(answer.headers["Location"].rpartition("-")[2])
