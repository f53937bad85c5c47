"""The system's own Chromium, driven through Playwright, with a fresh profile that is deleted at the end."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from labserver.kit.browser.program import find
from labserver.kit.browser.surroundings import plain_environment
from labserver.kit.browser.tab import Tab
from labserver.kit.browser.worker import Worker
from labserver.kit.failures import KitError
from labserver.kit.processes.child import Child

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Cookie, Playwright

T = TypeVar("T")

NAMES = "MAP *.example 127.0.0.1, EXCLUDE *.localhost, EXCLUDE localhost, EXCLUDE 127.0.0.1, MAP * ~NOTFOUND"
"""Which names this browser finds: `.example` is this machine, and nothing outside it exists."""

FLAGS = (
    *("--disable-gpu", "--disable-background-networking"),
    "--no-proxy-server",  # whatever HTTP_PROXY or the system's settings say
    f"--host-resolver-rules={NAMES}",
)
PATIENCE = 20.0
"""Seconds until the browser has started, and until a page has done what was asked of it."""


class NoBrowser(KitError):
    """There is no browser that can be driven here."""


class Chromium:
    """A running browser with one profile. Its windows are not shown on the screen."""

    def __init__(self, program: str) -> None:
        """Start it. Raises NoBrowser if it does not start."""
        self._program, self._worker = program, Worker()
        # A process that removes the profile when we are gone, however we go.
        self._keeper = Child("the keeper of the profile", "labserver.runtime.lifetime")
        self._profile = str(self._keeper.ready["folder"])
        self._running: list[Any] = []  # Playwright and the browser's context
        self._end = weakref.finalize(self, _end, self._worker, self._running, self._keeper)
        try:
            self._worker.do(self._launch)
        except Exception as error:
            self._end()
            first = str(error).strip().partition("\n")[0]
            raise NoBrowser(f"{Path(program).name} does not start: {first}") from None
        except BaseException:  # an interrupt waits for nothing: what the thread is starting ends there
            self._end.detach()
            self._worker.later(lambda: _close(self._running, self._keeper))
            self._worker.end()
            raise

    @classmethod
    def start(cls) -> Self:
        """Start the browser of this computer. Raises NoBrowser, with the reason, where there is none."""
        try:
            with plain_environment():
                import playwright.sync_api  # noqa: F401 - to see whether it is there
        except ModuleNotFoundError:
            raise NoBrowser("Playwright is not installed: python -m pip install labserver[browser]") from None
        program = find()
        if program is None:
            raise NoBrowser("there is no Chromium, Chrome or Edge on this computer")
        return cls(program)

    def _launch(self) -> None:
        from playwright.sync_api import sync_playwright

        if not self._running:
            with plain_environment():
                self._running.append(sync_playwright().start())
        playwright: Playwright = self._running[0]
        context = playwright.chromium.launch_persistent_context(
            self._profile,
            executable_path=self._program,
            args=list(FLAGS),
            timeout=PATIENCE * 1000,
            viewport={"width": 900, "height": 700},
            service_workers="block",
            handle_sigint=False,  # an interrupt of the notebook's is for the cell, and not for the browser
        )
        context.set_default_timeout(PATIENCE * 1000)
        self._running.append(context)

    @property
    def _context(self) -> BrowserContext:
        context: BrowserContext = self._running[-1]
        return context

    @property
    def version(self) -> str:
        """Its version, as in "156"."""

        def read() -> str:
            browser = self._context.browser
            return browser.version.partition(".")[0] if browser else "of unknown version"

        return self._worker.do(read)

    def tab(self, address: str = "") -> Tab:
        """Open a tab, at this address if one is given."""
        tab = Tab(self._worker, self._worker.do(lambda: self._context.new_page()))
        if address:
            tab.open(address)
        return tab

    def jar(self, address: str) -> dict[str, Cookie]:
        """Return the cookies that the browser keeps for an address, by name, HttpOnly ones too."""
        return self.do(lambda context: {cookie["name"]: cookie for cookie in context.cookies(address)})

    def clear_cookies(self) -> None:
        """Delete all cookies."""
        self.do(lambda context: context.clear_cookies())

    def restart(self) -> None:
        """Close the browser and start it again with the same profile, as a person does in the evening."""
        self._worker.do(lambda: self._running.pop().close())
        self._worker.do(self._launch)

    def do(self, work: Callable[[BrowserContext], T]) -> T:
        """Let `work` use Playwright's own context, in the thread that may."""
        return self._worker.do(lambda: work(self._context))

    @contextmanager
    def tidied(self) -> Iterator[None]:
        """Close the tabs that the block has opened, if it is left by an error or an interrupt.

        A page that is left open would go on sending requests.
        """
        before = self.do(lambda context: context.pages)

        def close() -> None:
            for page in self._context.pages:
                if page not in before:
                    page.close()

        try:
            yield
        except BaseException:
            self._worker.later(close)  # after what the thread is still waiting for
            raise

    def stop(self) -> None:
        """Close the browser and delete its profile; safe to call twice."""
        self._end()


def _end(worker: Worker, running: list[Any], keeper: Child) -> None:
    """End what was started, and the thread."""
    worker.do(lambda: _close(running, keeper))
    worker.end()


def _close(running: list[Any], keeper: Child) -> None:
    """End what was started, the last first; in the thread, as it is Playwright's."""
    while running:
        last = running.pop()
        with suppress(Exception):
            last.close() if hasattr(last, "close") else last.stop()
    keeper.stop()
