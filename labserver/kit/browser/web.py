"""A shop, other sites, and a browser that visits both: what the experiments run on.

    web = Web.start()
    web.run(attached)      # Seen(data=…, label="Chromium: 156, run here")

Where no browser can be driven, `run` returns the stored results of another computer, and says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, Self

from labserver.kit.browser.chromium import Chromium, NoBrowser
from labserver.kit.browser.picture import TabPicture
from labserver.kit.browser.tab import Tab
from labserver.kit.display.table import Table
from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.processes.other_sites import OtherSites
from labserver.kit.stopped import keep

SHOP, SIBLING, EVIL, CLIENT = "shop.localhost", "blog.shop.localhost", "evil.localhost", "app.localhost"
"""Every browser takes names that end in `.localhost` for this machine. Each of these is a site of its own,
except the blog, which is the shop's sibling."""

REAL_NAME = "shop.example"
"""The shop under a name to which nothing special applies. This browser alone finds it, on this machine."""

FILE = "browser.json"


class Seen(NamedTuple):
    """What a browser did, and where that was: `label` belongs in the title of a table."""

    data: Any
    here: bool
    label: str


class Web:
    """Servers and a browser, which end together. `chromium` is None where there is none; `why` says why."""

    def __init__(self, sites: OtherSites, chromium: Chromium | None, why: str) -> None:
        self.sites, self.chromium, self.why = sites, chromium, why
        self._labs: dict[str | None, Lab] = {}

    @classmethod
    def start(cls) -> Self:
        """Start the other sites, and the browser if there is one. Servers start when they are used."""
        sites, why = OtherSites.start(), ""
        chromium: Chromium | None = None
        try:
            chromium = Chromium.start()
        except NoBrowser as error:
            why = str(error)
        except BaseException:
            sites.stop()
            raise
        return cls(sites, chromium, why)

    @property
    def lab(self) -> Lab:
        """The shop, with every defence. Scripts of app.localhost may call its token endpoints."""
        return self.weak(None)

    def weak(self, name: str | None) -> Lab:
        """Return the shop with this weakness; no other origin's scripts may call it."""
        if name not in self._labs:
            allowed = [] if name else [self.sites.origin(CLIENT)]
            self._labs[name] = Lab.start(weak=name, hosts=[SHOP, REAL_NAME], cors_origins=allowed)
        return self._labs[name]

    def address(self, path: str = "/", lab: Lab | None = None, host: str = SHOP) -> str:
        """Return where the shop is for a browser."""
        return f"http://{host}:{(lab or self.lab).url.rpartition(':')[2]}{path}"

    @property
    def browser(self) -> Chromium:
        """The browser. Raises NoBrowser where there is none."""
        if self.chromium is None:
            raise NoBrowser(self.why)
        return self.chromium

    def tab(self, address: str = "") -> Tab:
        """Open a tab. Raises NoBrowser where there is no browser."""
        return self.browser.tab(address)

    def run(self, experiment: Callable[[Web], Any]) -> Seen:
        """Run an experiment here, or recall what it gave elsewhere. Raises Stopped if it is interrupted."""
        name = experiment.__name__
        if self.chromium is None:
            return Seen(recall(name), False, self.label)
        with keep(lambda: (f"a part of {name}", None)), self.chromium.tidied():
            return Seen(json.loads(json.dumps(experiment(self))), True, self.label)

    @property
    def label(self) -> str:
        """Say which browser the results are from."""
        if self.chromium is not None:
            return f"Chromium: {self.chromium.version}, run here"
        kept = _stored()
        return f"Chromium: none here, so stored results of {kept['when']} with {kept['version']}"

    def picture(self, work: Callable[[Web], Tab], words: str) -> TabPicture:
        """Take a picture of the tab that `work` leaves open; without a browser, its words alone."""
        if self.chromium is None:
            return TabPicture(f"{words} (there is no browser here to show it)")
        tab = work(self)
        try:
            return tab.picture(words)
        finally:
            tab.close()

    def by_hand(self) -> Table:
        """Say how to see the same in a browser of one's own, with its developer tools."""
        shop, weak = self.address("/site/"), self.address("/site/", self.weak("unescaped-comments"))
        evil = f"{self.sites.origin(EVIL)}/?shop={self.lab.url.rpartition(':')[2]}"
        rows = [
            ["1", evil, "Network: the request's Cookie header"],
            ["2, 3", shop, "Application: Cookies, Local storage, Session storage"],
            ["4, 5, 6", weak, "Console: document.cookie, localStorage; Network: what goes to evil.localhost"],
            [
                "7",
                evil.replace(f"{EVIL}:", f"{CLIENT}:").replace("/?", "/client/?"),
                "Network: OPTIONS first",
            ],
            ["8", self.address("/bff/"), "Application: what is kept; Network: no Authorization header"],
        ]
        return Table("The same by hand", ["part", "open", "look at (F12)"], rows)

    def stop(self) -> None:
        """End the browser and all servers; safe to call twice."""
        with ExitStack() as ends:
            ends.callback(self.sites.stop)
            for lab in self._labs.values():
                ends.callback(lab.stop)
            if self.chromium is not None:
                ends.callback(self.chromium.stop)

    def __repr__(self) -> str:
        return f"The shop is {SHOP}, its sibling {SIBLING}, another site {EVIL} · {self.label}"


@cache
def _stored() -> dict[str, Any]:
    text = files("labserver.kit.browser").joinpath(FILE).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def recall(name: str) -> Any:
    """Return the stored results of an experiment. Raises KitError where there are none of that name."""
    results = _stored()["results"]
    if name not in results:
        raise KitError(f"there is no browser here, and no stored result is called {name!r}")
    return results[name]
