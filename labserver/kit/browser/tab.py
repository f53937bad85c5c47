"""One tab of the driven browser, with the few things that a lesson does in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from labserver.kit.browser.picture import TabPicture
from labserver.kit.browser.worker import Worker

if TYPE_CHECKING:
    from playwright.sync_api import Page

T = TypeVar("T")


class Tab:
    """A tab. Elements are named by CSS selectors, as in `tab.click("#logout")`."""

    def __init__(self, worker: Worker, page: Page) -> None:
        self._worker, self._page = worker, page

    def do(self, work: Callable[[Page], T]) -> T:
        """Let `work` use Playwright's own page, in the thread that may."""
        return self._worker.do(lambda: work(self._page))

    def open(self, address: str) -> None:
        """Go to an address, as if typed by a person, and wait until the page is loaded."""
        self.do(lambda page: page.goto(address))

    def arrive(self, pattern: str) -> None:
        """Wait until the tab is at an address like `**/received/**`, and loaded."""
        self.do(lambda page: page.wait_for_url(pattern))

    def fill(self, selector: str, text: str) -> None:
        """Type into a field."""
        self.do(lambda page: page.fill(selector, text))

    def click(self, selector: str) -> None:
        """Click, and wait for what that loads."""
        self.do(lambda page: page.click(selector))

    def wait_for(self, selector: str) -> None:
        """Wait until there is such an element to be seen."""
        self.do(lambda page: page.wait_for_selector(selector))

    def script(self, code: str) -> Any:
        """Run JavaScript in the page, as a script of the page does, and return its value."""
        return self.do(lambda page: page.evaluate(code))

    def text(self, selector: str = "main") -> str:
        """Return the text of an element."""
        return self.do(lambda page: page.inner_text(selector))

    def reload(self) -> None:
        """Load the page again."""
        self.do(lambda page: page.reload())

    @property
    def address(self) -> str:
        """Where the tab is now."""
        return self.do(lambda page: page.url)

    def picture(self, words: str) -> TabPicture:
        """Take a picture of the page; `words` say what it shows, for people who cannot see it."""
        return TabPicture(words, self.do(lambda page: page.screenshot(animations="disabled")))

    def close(self) -> None:
        """Close the tab."""
        self.do(lambda page: page.close())
