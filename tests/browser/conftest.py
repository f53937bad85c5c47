"""One JupyterLab, or one web of sites, and one browser for all tests of a module.

Where there is no browser, this is said aloud.

They end with the module: Playwright keeps an event loop running in its thread, and other tests want one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labserver.kit.browser.web import Web

if TYPE_CHECKING:
    from tools.jupyterlab import Screen

ROOT = Path(__file__).resolve().parents[2]
SHORT = 'c.IPKernelApp.exec_lines = ["import tests.notebooks.short"]\n'
"""Each kernel measures for less long: what counts here is that the cells run in JupyterLab, in order."""

_missing: list[str] = []


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with copies of the notebooks; tests may put their own beside them before `screen` starts."""
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    shutil.copytree(
        ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".*", "solutions", "instructor")
    )
    return folder


@pytest.fixture(scope="module")
def screen(notebooks: Path) -> Iterator[Screen]:
    if find_spec("playwright") is None:
        _skip("Playwright is not installed (the extra `browser`)")
    from tools.jupyterlab import Screen, chromium, server

    if chromium() is None:
        _skip("there is no Chromium or Chrome on the path")
    state = notebooks.parent / "state"
    profile = state / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text(SHORT, encoding="utf-8")
    with server(notebooks, state) as address, Screen.open(address) as screen:
        yield screen


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """The shop, other sites and a browser, as 09 has them."""
    web = Web.start()
    try:
        if web.chromium is None:
            _skip(web.why)
        yield web
    finally:
        web.stop()


def _skip(why: str) -> None:
    _missing.append(why)
    pytest.skip(why)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for why in _missing:
        terminalreporter.section("NOT TESTED IN A BROWSER", sep="!", yellow=True)
        terminalreporter.line(f"No page and no notebook was opened: {why}.")
