"""Where a client keeps a credential, and what that outlives."""

from __future__ import annotations

from labserver.kit.browser.people import log_in_at_site
from labserver.kit.browser.web import Web

READ = {
    "HttpOnly cookie": "document.cookie.includes('sid=')",
    "plain cookie": "document.cookie.includes('plain=')",
    "local storage": "localStorage.getItem('held') !== null",
    "session storage": "sessionStorage.getItem('held') !== null",
    "a variable": "typeof held !== 'undefined'",
}
"""How a script of the page would get at it."""

WRITE = (
    "document.cookie = 'plain=1; Path=/'; localStorage.setItem('held', '1'); "
    "sessionStorage.setItem('held', '1'); window.held = '1'"
)


def survival(web: Web) -> dict[str, dict[str, bool]]:
    """Keep something in five places, and look for it later: {place: {what happened: still there}}."""
    home = web.address("/site/")
    tab = log_in_at_site(web, web.lab)
    tab.script(WRITE)
    found: dict[str, dict[str, bool]] = {place: {} for place in READ}

    def look(event: str) -> None:
        kept = web.browser.jar(home)
        for place, code in READ.items():
            there = bool(tab.script(code)) if place != "HttpOnly cookie" else "sid" in kept
            found[place][event] = there

    for place, code in READ.items():
        found[place]["a script reads it"] = bool(tab.script(code))
    tab.reload()
    look("reload")
    tab = web.tab(home)
    look("new tab")
    web.browser.restart()
    tab = web.tab(home)
    look("restart")
    tab.script("localStorage.clear()")
    tab.close()
    return found
