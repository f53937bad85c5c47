"""The pages behind a real JupyterLab with jupyter-server-proxy, under a hub's prefix; and its tile."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from labserver.kit.browser.program import find
from labserver.kit.lab import Lab
from labserver.kit.links import HUB_PREFIX

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

PREFIX = "/user/ada/"
PATIENCE = 60_000

pytestmark = [
    pytest.mark.skipif(
        find_spec(module) is None, reason=f"NOT TESTED BEHIND A PROXY: {name} is missing (the extra {extra})"
    )
    for module, name, extra in (
        ("jupyter_server_proxy", "jupyter-server-proxy", "class"),
        ("playwright", "Playwright", "browser"),
    )
]


class Visitor:
    """A browser that has logged in at Jupyter; it collects what goes wrong."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.errors = context, list[str]()
        self._place = urlsplit(address)
        self.page = self.watch(context.new_page())
        self.open(f"{PREFIX}lab?{self._place.query}")
        self.page.wait_for_selector(".jp-LauncherCard")
        self.errors.clear()  # of JupyterLab itself

    def watch(self, page: Page) -> Page:
        """Collect the page's errors, and requests that leave this machine."""
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._inside)
        return page

    def _inside(self, request: object) -> None:
        url = urlsplit(str(request.url))  # type: ignore[attr-defined]
        if url.scheme.startswith("http") and url.netloc != self._place.netloc:
            self.errors.append(f"a request to {url.netloc}")

    def open(self, path: str) -> Page:
        """Open an address as `lab.link` gives it."""
        self.page.goto(f"{self._place.scheme}://{self._place.netloc}{path}")
        return self.page


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    from playwright.sync_api import sync_playwright

    from tools.jupyterlab import FLAGS, server

    if find() is None:
        pytest.skip("NOT TESTED BEHIND A PROXY: there is no Chromium, Chrome or Edge")
    folder = tmp_path_factory.mktemp("hub")
    base = f"--ServerApp.base_url={PREFIX}"
    with server(folder, folder / "state", base) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
        try:
            yield Visitor(browser.new_context(), address)
        finally:
            browser.close()


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(HUB_PREFIX, PREFIX)
        with Lab.start() as lab:
            yield lab


@pytest.fixture(autouse=True)
def _no_error(visitor: Visitor) -> Iterator[None]:
    visitor.errors.clear()
    yield
    assert visitor.errors == []


def log_in(page: Page, lab: Lab, button: str) -> None:
    who = lab.login("ada")
    page.fill("#username", who["username"])
    page.fill("#password", who["password"])
    page.click(button)


def test_the_site(visitor: Visitor, lab: Lab) -> None:
    page = visitor.open(str(lab.link("/site/")))
    log_in(page, lab, "main button")
    page.fill("#item", "tea")
    page.press("#item", "Enter")
    page.wait_for_selector(".news")
    paths = [cookie["path"] for cookie in visitor.context.cookies() if cookie["name"] == "sid"]
    assert paths == [f"{PREFIX}proxy/{urlsplit(lab.url).port}/"], "Jupyter's other pages get no copy"


def test_the_app(visitor: Visitor, lab: Lab) -> None:
    page = visitor.open(str(lab.link("/app/")))
    log_in(page, lab, "#login button")
    page.click("#me")
    page.wait_for_selector("#who:has-text('server says: ada')")
    page.click("#logout")
    page.wait_for_selector("#login:not([hidden])")


def test_the_app_with_a_backend(visitor: Visitor, lab: Lab) -> None:
    page = visitor.open(str(lab.link("/bff/")))
    log_in(page, lab, "#login button")
    page.fill("#email", "ada@hub.example")
    page.press("#email", "Enter")
    page.wait_for_selector("#who:has-text('ada@hub.example')")


def test_the_stage(visitor: Visitor, lab: Lab) -> None:
    page = visitor.open(str(lab.link()))
    page.wait_for_selector("#knobs:not([hidden])")
    page.click("#person button")
    page.wait_for_selector("#token .said:has-text('200')")
    page.click("#session [data-act=steal]")
    page.wait_for_selector("#session .verdict:has-text('let in, as ada')")


def test_the_tile(visitor: Visitor) -> None:
    """It starts a server of its own, and its stage has the control API, also after a reload."""
    page = visitor.open(f"{PREFIX}lab")
    page.wait_for_selector(".jp-LauncherCard:has-text('Token Trails')")
    visitor.errors.clear()
    with visitor.context.expect_page() as opened:
        page.click(".jp-LauncherCard:has-text('Token Trails')")
    stage = visitor.watch(opened.value)
    stage.wait_for_selector("#knobs:not([hidden])")
    stage.click("#person button")
    stage.wait_for_selector("#session .said:has-text('200')")
    stage.wait_for_selector("#token .said:has-text('200')")
    stage.reload()
    stage.wait_for_selector("#knobs:not([hidden])")
    stage.close()
