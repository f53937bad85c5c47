"""Which credential does the browser add? And which cookies does it take in the first place?"""

from __future__ import annotations

from secrets import token_hex

from labserver.formats.reports import Received
from labserver.kit.browser.model import TOP_LEVEL, cookie_goes
from labserver.kit.browser.people import log_in_at_bff, log_in_at_site
from labserver.kit.browser.web import EVIL, REAL_NAME, SHOP, SIBLING, Web
from labserver.kit.failures import KitError

LEAVING, STAYING = ("link", "form-get", "form-post"), ("image", "fetch", "eventsource", "download")
KINDS = (*LEAVING, *STAYING)
"""The kinds of request: those after which the tab shows another page, and those after which it does not."""
PLACES = {"same origin": SHOP, "sibling": SIBLING, "other site": EVIL}
PROBES = {
    "strict": "SameSite=Strict",
    "lax": "SameSite=Lax",
    "plain": "",
    "none": "SameSite=None; Secure",
}
"""Cookies beside the shop's own, one for each value of SameSite; `plain` has none."""

RULED = {"sid": "Lax", "bff": "Strict", "strict": "Strict", "lax": "Lax", "none": "None"}
"""The cookies that have a value, and which."""


def attached(web: Web) -> dict[str, dict[str, Received]]:
    """Send each kind of request from each place to the shop's name: {place: {kind: what came}}.

    Raises KitError if a request does not come.
    """
    shop = log_in_at_site(web, web.lab)
    log_in_at_bff(web, web.lab, forget_cookies=False).close()
    for name, attributes in PROBES.items():
        shop.script(f"document.cookie = '{name}=1; Path=/; {attributes}'")
    tab, run = web.tab(), token_hex(4)
    found: dict[str, dict[str, Received]] = {}
    for place, host in PLACES.items():
        found[place] = {}
        name = f"{place.replace(' ', '-')}-{run}"  # the recorder still knows those of an earlier run
        for kind in (*STAYING, *LEAVING):
            if kind in (STAYING[0], *LEAVING):
                tab.open(f"{web.sites.origin(host)}/send/?as={name}")
            tab.script(f"document.querySelector('[data-kind={kind}]').click()")
            if kind in LEAVING:
                tab.arrive("**/received/**")
            came = web.sites.received(f"{name}-{kind}")
            if came is None:
                raise KitError(f"the request {kind!r} from {place} did not come")
            found[place][kind] = came
    shop.close()
    tab.close()
    return found


def agreement(came: dict[str, dict[str, Received]]) -> tuple[int, int]:
    """Compare what came with the lab's own rule, cell by cell: how many agree, of how many.

    `plain` is left out: a cookie without SameSite is Lax, but for its first two minutes.
    """
    agree = total = 0
    for requests in came.values():
        for kind, one in requests.items():
            for name, samesite in RULED.items():
                goes = cookie_goes(samesite, one["site"], one["method"], top_level=kind in TOP_LEVEL)
                agree, total = agree + (goes == (name in one["cookies"])), total + 1
    return agree, total


TRIED = {
    "a=1; SameSite=None": "a",
    "b=1; SameSite=None; Secure": "b",
    "__Host-c=1; Path=/; Secure": "__Host-c",
    "__Host-d=1; Path=/": "__Host-d",
}
PLANTED = {
    "sid=planted; Domain={shop}; Path=/": "sid",
    "__Host-e=1; Domain={shop}; Path=/; Secure": "__Host-e",
}
"""What the blog tries to set for its sibling, the shop."""

SHOPS = "the shop"
"""How their domain is shown."""


def jar(web: Web) -> dict[str, dict[str, bool]]:
    """Try to set cookies over plain http, under two names: {cookie: {name: whether it was kept}}."""
    web.browser.clear_cookies()
    planted = {line.format(shop=SHOPS): name for line, name in PLANTED.items()}
    found: dict[str, dict[str, bool]] = {line: {} for line in (*TRIED, *planted)}
    for shop in (SHOP, REAL_NAME):
        tab = web.tab(web.address("/site/", host=shop))
        for line in TRIED:
            tab.script(f"document.cookie = '{line}'")
        tab.open(f"{web.sites.origin('blog.' + shop)}/")
        for line in PLANTED:
            tab.script(f"document.cookie = '{line.format(shop=shop)}'")
        kept = web.browser.jar(web.address("/site/", host=shop))
        for line, name in (TRIED | planted).items():
            found[line][shop] = name in kept
        tab.close()
    web.browser.clear_cookies()
    return found
