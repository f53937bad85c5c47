"""What is wrong with a page in a browser: accessibility, width, console, and where it asks."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from labserver.other_sites.names import HOSTS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from labserver.kit.browser.tab import Tab

VARIANTS = {"light": ("light", 1100), "dark": ("dark", 1100), "phone": ("light", 390)}
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe-core that look at colours. Nothing else differs in the dark, or is looked at there."""

AXE = "axe_playwright_python"


class Watch:
    """Listen to a tab: `problems` are lines of its console and errors, `hosts` whom it asked."""

    def __init__(self, tab: Tab) -> None:
        self.tab, self.problems, self.hosts = tab, list[str](), set[str]()
        tab.do(self._listen)

    def _listen(self, page: Page) -> None:
        page.on("console", lambda line: self._console(line.type, line.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(text)

    @property
    def outside(self) -> set[str]:
        """The hosts that were asked and are not this machine."""
        return self.hosts - {*HOSTS, "", "127.0.0.1"}

    def faults(self, variant: str) -> list[str]:
        """Look at the page as it stands in one variant: violations that axe-core finds, and its width."""
        scheme, width = VARIANTS[variant]

        def look(page: Page) -> list[str]:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 800})
            if not page.evaluate("'axe' in window"):
                page.evaluate(files(AXE).joinpath("axe.min.js").read_text(encoding="utf-8"))
            rules = {"runOnly": COLOURS} if scheme == "dark" else {}
            options = {"resultTypes": ["violations"], **rules}
            found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
            faults = [f"{one['id']}: {one['nodes'][0]['html'][:100]}" for one in found["violations"]]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"wider than {width} px")
            return faults

        return self.tab.do(look)
