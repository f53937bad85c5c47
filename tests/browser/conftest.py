"""One JupyterLab, or one web of sites, and one browser for all tests of this folder that a process runs.

Where there is no browser, the end of the run says so. Each browser is driven from a thread of its own:
Playwright keeps an event loop running in its thread, and other tests want one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import pytest

from labserver.kit.browser.program import find
from labserver.kit.browser.web import Web
from labserver.kit.browser.worker import Worker
from tests.notebooks.nbval import ROOT, ipython_dir

if TYPE_CHECKING:
    from tools.jupyterlab import Screen

T = TypeVar("T")


def lacking() -> str | None:
    """Say what there is not on this computer to drive a browser with."""
    if find_spec("playwright") is None:
        return "Playwright is not installed (the extra `browser`)"
    return None if find() else "there is no Chromium, Chrome or Edge"


class Lab:
    """A running JupyterLab and a window on it; `folder` holds copies of the notebooks."""

    def __init__(self, folder: Path, worker: Worker, screen: Screen) -> None:
        self.folder, self._worker, self._screen = folder, worker, screen

    def do(self, work: Callable[[Screen], T]) -> T:
        """Let `work` use the window, in the thread that may."""
        return self._worker.do(lambda: work(self._screen))


@pytest.fixture(scope="package")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if why := lacking():
        _skip(why)
    from tools.jupyterlab import Screen, server

    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    ours = shutil.ignore_patterns(".*", "solutions", "instructor")
    shutil.copytree(ROOT / "notebooks", folder, ignore=ours)
    state = folder.parent / "state"
    ipython_dir(state, "tests.notebooks.short")  # what counts is that the cells run, not for how long
    worker = Worker()
    with ExitStack() as ends:
        address = ends.enter_context(server(folder, state))
        window = ExitStack()
        ends.callback(worker.end)
        ends.callback(worker.do, window.close)
        yield Lab(folder, worker, worker.do(lambda: window.enter_context(Screen.open(address))))


@pytest.fixture(scope="package")
def lasting_web() -> Iterator[Web]:
    web = Web.start()
    try:
        if web.chromium is None:
            _skip(web.why)
        yield web
    finally:
        web.stop()


@pytest.fixture
def web(lasting_web: Web) -> Web:
    """The shop, other sites and a browser, as 09 has them; the browser has no cookies."""
    lasting_web.browser.clear_cookies()
    return lasting_web


def _skip(why: str) -> NoReturn:
    pytest.skip(f"NOT TESTED IN A BROWSER, no page and no notebook was opened: {why}")
