"""A real browser: what it sends by itself, what it keeps, and what it lets a script do.

    web = browser.Web.start()
    web.run(browser.survival)

Each experiment is a function that is given the web: `browser.survival??` shows its code.
"""

from labserver.kit.browser.chromium import Chromium, NoBrowser
from labserver.kit.browser.cookies import KINDS, PLACES, agreement, attached, jar
from labserver.kit.browser.cross_origin import by_cookie, by_token, runs_anyway
from labserver.kit.browser.model import cookie_goes
from labserver.kit.browser.policy import scripts_that_run
from labserver.kit.browser.script import STEAL, bff_script_gets, script_gets
from labserver.kit.browser.seconds import bff_seconds_left, chart, in_words, seconds_left
from labserver.kit.browser.storage import survival
from labserver.kit.browser.web import Seen, Web

EXPERIMENTS = (
    attached,
    jar,
    survival,
    script_gets,
    seconds_left,
    scripts_that_run,
    by_token,
    by_cookie,
    runs_anyway,
    bff_script_gets,
    bff_seconds_left,
)
"""All of them, in the order in which 09 runs them."""

__all__ = [
    "EXPERIMENTS",
    "KINDS",
    "PLACES",
    "STEAL",
    "Chromium",
    "NoBrowser",
    "Seen",
    "Web",
    "agreement",
    "attached",
    "bff_script_gets",
    "bff_seconds_left",
    "by_cookie",
    "by_token",
    "chart",
    "cookie_goes",
    "in_words",
    "jar",
    "runs_anyway",
    "script_gets",
    "scripts_that_run",
    "seconds_left",
    "survival",
]
