"""The kit's browser: what is shown where there is none, and that nothing of it stays."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import MagicMock

import psutil  # type: ignore[import-untyped]
import pytest

from labserver.kit import browser
from labserver.kit.browser import chromium as driver
from labserver.kit.browser.chromium import Chromium, NoBrowser
from labserver.kit.browser.program import find
from labserver.kit.browser.script import Thief, plant
from labserver.kit.browser.surroundings import NODE, plain_environment
from labserver.kit.browser.web import Web, recall
from labserver.kit.failures import KitError
from labserver.other_sites.recorder import MOST, Recorder

driven = pytest.mark.skipif(
    find_spec("playwright") is None or find() is None, reason="no browser can be driven here"
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


def test_a_thief_gets_the_latest_however_much_was_stolen_before(nobody: Web) -> None:
    """A lesson whose cells are run again and again fills the recorder, which forgets the oldest."""
    recorder = Recorder()
    nobody.sites.recorded = recorder.report  # type: ignore[method-assign]
    for number in range(MOST + 5):
        recorder.take(str(number))
    thief = Thief(nobody)
    assert thief.so_far() == ""
    recorder.take("a token")
    assert thief.loot("token") == "a token"
    thief.forget()
    assert thief.so_far() == ""


def test_the_script_is_planted_once(nobody: Web) -> None:
    """Two of them on a page would send everything twice, and four when the cells are run again."""
    page = [plant(nobody).client().get("/site/").text for _ in range(2)][-1]
    assert page.count("window.fetch = async") == 1


def test_no_request_is_taken_for_one_of_an_earlier_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for log_in in ("log_in_at_site", "log_in_at_bff"):
        monkeypatch.setattr(f"labserver.kit.browser.cookies.{log_in}", MagicMock())
    web = MagicMock()
    for _ in range(2):
        browser.attached(web)
    names = [call.args[0] for call in web.sites.received.call_args_list]
    assert len(names) == len(set(names)) == 2 * len(browser.PLACES) * len(browser.KINDS)


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


VISIT = """
from labserver.kit.browser import Web
from labserver.kit.browser.web import REAL_NAME
web = Web.start()
assert not web.why, web.why
tab = web.tab(web.address("/healthz", host=REAL_NAME))
print(tab.text("body"))
web.stop()
"""
OTHERS = {
    "NODE_OPTIONS": "--require=/there/is/no/such.js",
    "PWDEBUG": "1",
    "DEBUG": "*",
    "NODE_DEBUG": "http",
}


@driven
def test_what_is_set_for_other_programs_does_not_reach_the_browser() -> None:
    environment = {**os.environ, **OTHERS}
    done = subprocess.run(
        [sys.executable, "-c", VISIT], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"status": "ok"}\n', "")


def test_what_is_kept_from_the_driver_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NODE_OPTIONS", "DEBUG", NODE, "PWD"):
        monkeypatch.setenv(name, name)
    with pytest.raises(ZeroDivisionError), plain_environment():
        assert "NODE_OPTIONS" not in os.environ and "DEBUG" not in os.environ
        assert os.environ[NODE] and os.environ["PWD"]
        raise ZeroDivisionError
    assert (os.environ["NODE_OPTIONS"], os.environ["DEBUG"]) == ("NODE_OPTIONS", "DEBUG")


SOON = 4.0
"""Seconds, fewer than what is interrupted would go on for."""

INTERRUPTED = """
import time
from labserver import Stopped
from labserver.kit.browser import Web

def waits(web):
    tab = web.tab(web.address("/healthz"))
    print("waits", flush=True)
    tab.do(lambda page: page.wait_for_selector("#never", timeout=6000))

web = Web.start()
web.lab
pages = len(web.browser.do(lambda context: context.pages))
try:
    web.run(waits)
except Stopped as stopped:
    print(time.monotonic(), stopped)
tab = web.tab(web.address("/healthz"))
print(tab.text("body"), len(web.browser.do(lambda context: context.pages)) - pages)
web.stop()
"""


@driven
@pytest.mark.skipif(sys.platform == "win32", reason="a kernel is interrupted in another way there")
def test_an_interrupt_ends_the_experiment_and_its_tabs_and_the_browser_goes_on() -> None:
    """As a kernel gets it: with all that it has started, Playwright's driver too."""
    words, started = [sys.executable, "-c", INTERRUPTED], {"start_new_session": True}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, **started) as notebook:  # type: ignore[call-overload]
        assert notebook.stdout.readline() == "waits\n"
        time.sleep(0.3)
        at = time.monotonic()
        os.killpg(notebook.pid, signal.SIGINT)
        moment, _, sentence = notebook.stdout.readline().partition(" ")
        assert sentence == "Stopped after a part of waits. Nothing was found so far.\n"
        assert float(moment) - at < SOON
        assert notebook.stdout.read() == '{"status": "ok"} 1\n'
    assert notebook.returncode == 0


STARTS = """
import threading, time
from labserver.kit.browser.chromium import Chromium
launch = Chromium._launch

def slow(self):
    print(self._profile, flush=True)
    time.sleep(6)
    launch(self)

Chromium._launch = slow
try:
    Chromium.start()
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
    for thread in threading.enumerate():
        if thread.name == "browser":
            thread.join()
"""


@driven
@pytest.mark.skipif(sys.platform == "win32", reason="a kernel is interrupted in another way there")
def test_an_interrupted_start_leaves_nothing() -> None:
    words, started = [sys.executable, "-c", STARTS], {"start_new_session": True}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, **started) as notebook:  # type: ignore[call-overload]
        profile = notebook.stdout.readline().strip()
        at = time.monotonic()
        os.killpg(notebook.pid, signal.SIGINT)
        assert float(notebook.stdout.readline()) - at < SOON
    assert notebook.returncode == 0
    assert not running(profile) and not Path(profile).exists()
