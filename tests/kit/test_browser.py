"""The kit's browser: what is shown where there is none, and that nothing of it stays."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from labserver.kit import browser
from labserver.kit.browser import chromium as driver
from labserver.kit.browser.chromium import Chromium, NoBrowser
from labserver.kit.browser.web import Web, recall
from labserver.kit.failures import KitError

driven = pytest.mark.skipif(
    find_spec("playwright") is None or driver.find() is None, reason="no browser can be driven here"
)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A computer without Chromium, Chrome and Edge."""
    monkeypatch.setattr(driver, "find", lambda: None)
    web = Web.start()
    yield web
    web.stop()


@pytest.mark.parametrize("experiment", browser.EXPERIMENTS, ids=lambda one: one.__name__)
def test_every_experiment_has_a_stored_result(experiment: object) -> None:
    assert recall(experiment.__name__)  # type: ignore[attr-defined]


def test_without_a_browser_results_are_stored_ones_and_say_so(nobody: Web) -> None:
    seen = nobody.run(browser.survival)
    assert not seen.here and seen.data == recall("survival")
    assert "none here, so stored results of 20" in seen.label and seen.label in repr(nobody)
    picture = nobody.picture(lambda web: web.tab("http://never.example/"), "A page.")
    assert "there is no browser here" in repr(picture) and 'alt="A page.' in picture._repr_html_()
    with pytest.raises(NoBrowser, match="no Chromium, Chrome or Edge"):
        nobody.tab()


def test_a_result_that_is_not_stored_is_named() -> None:
    with pytest.raises(KitError, match="no stored result is called 'magic'"):
        recall("magic")


def test_a_program_that_is_no_browser_is_reported(tmp_path: Path) -> None:
    if find_spec("playwright") is None:
        pytest.skip("Playwright is not installed")
    program = shutil.which("false") or sys.executable
    with pytest.raises(NoBrowser, match="does not start"):
        Chromium(program)


@driven
def test_nothing_stays_when_the_notebook_is_killed() -> None:
    code = (
        "import time\nfrom labserver.kit.browser.chromium import Chromium\nbrowser = Chromium.start()\n"
        "print(browser._profile, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as notebook:
        assert notebook.stdout
        profile = notebook.stdout.readline().strip()
        assert running(profile) and Path(profile).is_dir()
        notebook.kill()
    end = time.monotonic() + 20
    while (running(profile) or Path(profile).exists()) and time.monotonic() < end:
        time.sleep(0.1)
    assert not running(profile)
    assert not Path(profile).exists()


def running(profile: str) -> list[int]:
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        if any(word == f"--user-data-dir={profile}" for word in process.info["cmdline"] or ()):
            found.append(process.info["pid"])
    return found


@driven
def test_names_outside_do_not_exist() -> None:
    chromium = Chromium.start()
    try:
        with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
            chromium.tab("http://outside.test/")
    finally:
        chromium.stop()
        chromium.stop()
    with pytest.raises(KitError, match="was stopped"):
        chromium.tab()
