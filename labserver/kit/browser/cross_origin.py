"""An app on one origin, the API on another: what the browser asks, what is allowed, what runs anyway."""

from __future__ import annotations

import json
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlsplit

from labserver.kit.browser.script import WEAK
from labserver.kit.browser.tab import Tab
from labserver.kit.browser.web import CLIENT, Web
from labserver.kit.lab import Lab

ASK = """async ({ address, options }) => {
  try {
    const answer = await fetch(address, options);
    if (answer.type === "opaque") return { status: null, text: "", challenge: null };
    const challenge = answer.headers.get("WWW-Authenticate");
    return { status: answer.status, text: await answer.text(), challenge };
  } catch (error) {
    return { status: null, text: "", challenge: null, error: error.name };
  }
}"""


class Fetched(TypedDict):
    """What a script learned of an answer: `status` is None, and the rest empty, if it may not read it."""

    status: int | None
    text: str
    challenge: str | None
    error: NotRequired[str]


Call = TypedDict(
    "Call",
    {"listed": NotRequired[bool], "what": str, "sent": list[str], "script reads": int | str},
)
"""A request from a page of another origin; `listed` is whether the server lists that origin."""

SimplePost = TypedDict(
    "SimplePost", {"sent": list[str], "script reads": int | str, "the refresh token afterwards": int}
)
"""A POST without a preflight: what was sent, what the script reads, and the status of a refresh after it."""


def ask(tab: Tab, address: str, **options: Any) -> Fetched:
    """Let a script of the page fetch an address. `options` are those of JavaScript's `fetch`."""
    found: Fetched = tab.do(lambda page: page.evaluate(ASK, {"address": address, "options": options}))
    return found


class BrowserWire:
    """What the browser itself sends from a tab: also the preflights, which no script asks for or sees."""

    def __init__(self, tab: Tab) -> None:
        self._asked: dict[str, str] = {}
        self._answered: list[tuple[str, int]] = []
        self._tab = tab

        def listen(page: Any) -> None:
            session = page.context.new_cdp_session(page)
            session.on("Network.requestWillBeSent", self._ask)
            session.on("Network.responseReceivedExtraInfo", self._answer)
            session.send("Network.enable")

        tab.do(listen)

    def _ask(self, event: dict[str, Any]) -> None:
        request = event["request"]
        path = urlsplit(request["url"]).path
        if path != "/favicon.ico":  # for the browser's own window
            self._asked[event["requestId"]] = f"{request['method']} {path}"

    def _answer(self, event: dict[str, Any]) -> None:
        # What waits for a preflight that is then refused was asked for, but never sent.
        self._answered.append((event["requestId"], event["statusCode"]))

    def take(self) -> list[str]:
        """Return what was sent and answered since the last time, as in "OPTIONS /token/me 204"."""
        seen = -1
        while seen != len(self._answered):  # until nothing more comes
            seen = len(self._answered)
            self._tab.do(lambda page: page.wait_for_timeout(60))
        answered, self._answered[:] = list(self._answered), []
        # An answer without a request: it was asked for by the page, before this wire was tapped.
        return [f"{self._asked[number]} {status}" for number, status in answered if number in self._asked]


def _login(lab: Lab) -> dict[str, Any]:
    body = json.dumps(dict(lab.login("ada")))
    return {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": body}


def by_token(web: Web) -> list[Call]:
    """Call the API from app.localhost, at a shop that lists this origin and at one that does not."""
    rows: list[Call] = []
    for listed, lab in ((True, web.lab), (False, web.weak(WEAK))):
        tab = web.tab(f"{web.sites.origin(CLIENT)}/client/?shop={lab.url.rpartition(':')[2]}")
        wire, api = BrowserWire(tab), web.address("", lab)

        def note(what: str, answer: Fetched, wire: BrowserWire = wire, listed: bool = listed) -> None:
            read = answer["status"] or "not readable"
            if answer["challenge"]:  # a header that scripts see only where the server exposes it
                read = f"{read}, WWW-Authenticate"
            rows.append({"listed": listed, "what": what, "sent": wire.take(), "script reads": read})

        answer = ask(tab, f"{api}/token/login", **_login(lab))
        note("log in", answer)
        token = json.loads(answer["text"])["access_token"] if answer["text"] else "x"
        note("read with the token", ask(tab, f"{api}/token/me", headers={"Authorization": f"Bearer {token}"}))
        wrong = {"Authorization": "Bearer wrong"}
        note("read with a wrong token", ask(tab, f"{api}/token/me", headers=wrong))
        tab.close()
    return rows


def by_cookie(web: Web) -> list[Call]:
    """Try the same with the cookie, and with what people try when it does not work."""
    tab = web.tab(f"{web.sites.origin(CLIENT)}/client/?shop={web.lab.url.rpartition(':')[2]}")
    wire = BrowserWire(tab)
    api, open_to_all = web.address(""), f"{web.sites.origin('shop.localhost')}/open"
    tries = {
        "our server, with the cookie": (f"{api}/session/me", "include"),
        "a server that says *, without cookies": (open_to_all, "omit"),
        "a server that says *, with cookies": (open_to_all, "include"),
    }
    rows: list[Call] = []
    for what, (address, credentials) in tries.items():
        answer = ask(tab, address, credentials=credentials)
        read = answer["status"] or "not readable"
        rows.append({"what": what, "sent": wire.take(), "script reads": read})
    tab.close()
    return rows


def runs_anyway(web: Web) -> SimplePost:
    """Send a simple POST to a shop that does not list this origin: its answer is unreadable, but it ran."""
    lab = web.weak(WEAK)
    pair = lab.client("owner").post("/token/login", json=lab.login("ada")).json()
    tab = web.tab(f"{web.sites.origin(CLIENT)}/client/?shop={lab.url.rpartition(':')[2]}")
    wire = BrowserWire(tab)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = ask(
        tab,
        web.address("/token/revoke", lab),
        method="POST",
        mode="no-cors",
        headers=form,
        body=f"token={pair['refresh_token']}",
    )
    sent = wire.take()
    after = lab.client("owner").post("/token/refresh", json={"refresh_token": pair["refresh_token"]})
    tab.close()
    read = answer["status"] or "not readable"
    return {"sent": sent, "script reads": read, "the refresh token afterwards": after.status_code}
