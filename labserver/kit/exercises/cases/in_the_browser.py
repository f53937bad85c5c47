"""The exercises of 09. What the browser adds was recorded from a real one: see `tools/stored_browser.py`."""

from __future__ import annotations

from typing import Any

from labserver.kit.browser.model import TOP_LEVEL
from labserver.kit.browser.web import recall
from labserver.kit.exercises import in_browser_scenarios as scenarios
from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.in_browser_scenarios import KEPT_OUT, RUNS

COOKIES = {"sid": "Lax", "strict": "Strict", "none": "None"}


def _request(place: str, kind: str, why: str) -> Case:
    """Make a case of what the browser did with one kind of request from one place."""
    came: dict[str, Any] = recall("attached")[place][kind]
    request = {"site": came["site"], "method": came["method"], "top_level": kind in TOP_LEVEL}
    expect = [name for name in came["cookies"] if name in COOKIES]
    return Case((COOKIES, request), expect, why, f"{kind}, {place}")


_LINK = "A link or a form by GET takes the whole tab along. Chromium then adds the Lax cookie; Strict stays."
_ATTACHED = Exercise(
    name="09-attached",
    call="attached(cookies, request)",
    goal="Return the names of the cookies that the browser adds to this request, sorted.",
    cases=(
        _request("same origin", "form-post", "Our own page's requests carry every cookie of the shop."),
        _request(
            "sibling",
            "image",
            "A sibling host is the same site, and SameSite asks for the site alone: every cookie went.",
        ),
        _request("other site", "link", _LINK),
        _request("other site", "form-get", _LINK),
        _request(
            "other site",
            "form-post",
            "From another site a POST carries no Lax cookie; SameSite=None was made for such requests.",
        ),
        _request(
            "other site",
            "image",
            "Inside another site's page the shop's cookies are third-party cookies. This Chromium blocks "
            "them all, with SameSite=None too.",
        ),
        _request("other site", "download", _LINK),
    ),
    done="This is what Chromium did, cell by cell, so a server can reckon with it; and where another browser "
    "lets third-party cookies through, a colleague would let None go along from inside a page as well.",
)


def _script(name: str, script: str, expect: str, why: str) -> Case:
    return Case((script,), expect, why, name, ("a nonce for each page",), scenarios.script_runs)


_POLICY = Exercise(
    name="09-policy",
    call="policy(nonce)",
    goal="Return a Content-Security-Policy under which only scripts with this page's nonce run.",
    cases=(
        _script("our own script", "ours", RUNS, "Our own script carries the nonce. It has to run."),
        _script(
            "a script in a comment",
            "inline",
            KEPT_OUT,
            "The comment's script ran: 'unsafe-inline' lets every script in the page run, hers too.",
        ),
        _script(
            "a script from another site",
            "remote",
            KEPT_OUT,
            "A whole scheme is no list of friends: every site of the web may send a script.",
        ),
        _script(
            "a file at our own origin",
            "own origin",
            KEPT_OUT,
            "'self' trusts every file of our origin, also one that a visitor has uploaded.",
        ),
        _script(
            "the nonce of an earlier page",
            "earlier nonce",
            KEPT_OUT,
            "A nonce is good for one page. An attacker may have seen the nonce of an earlier one.",
        ),
        _script(
            "a <base> in a comment",
            "base",
            KEPT_OUT,
            "A <base> in a comment moves our relative addresses to her site: then our own tag, nonce "
            "included, loads her file. `base-uri 'none'` forbids it.",
        ),
    ),
    done="Now a hole in the escaping is no longer a hole in the page. A colleague with pages that never "
    "change would write the scripts' hashes in place of a nonce: no page has to be made again.",
)

APP, OTHER = "https://app.example", "https://partner.example"
_NOBODY = {"Vary": "Origin"}


def _origin(name: str, origin: str | None, why: str, allowed: bool = False) -> Case:
    extra = {"Access-Control-Allow-Origin": origin} if allowed else {}
    return Case((origin, [APP, OTHER]), extra | _NOBODY, why, name)


_CORS = Exercise(
    name="09-cors",
    call="cors(origin, allowed)",
    goal="Return the headers that let scripts of the listed origins, and no others, read the answer.",
    cases=(
        _origin("the app", APP, "The app is on the list: its scripts may read the answer.", allowed=True),
        _origin(
            "another listed origin",
            OTHER,
            "The header names the one origin that asked. Browsers take no list, and not somebody else.",
            allowed=True,
        ),
        _origin("another site", "https://evil.example", "Any site may read the answer now."),
        _origin(
            "a name that begins like ours",
            "https://app.example.evil.example",
            "Mallory owns evil.example and every name below it. Compare the whole origin.",
        ),
        _origin(
            "a frame in a sandbox",
            "null",
            "`null` is what a page in a sandboxed frame sends, and any site can make one.",
        ),
        _origin(
            "no Origin at all",
            None,
            "Without `Vary: Origin` on every answer, a cache hands one origin's answer to another.",
        ),
    ),
    done="The list decides who reads. It does not decide what runs: a simple POST runs all the same, so the "
    "server still checks it. A colleague with public data only would send `*`, and never credentials.",
)


def _tabs(name: str, scenario: Any, expect: str, why: str) -> Case:
    args = ("what all tabs share", "a lock", "access 0", "asks the server")
    return Case(args, expect, why, name, args, scenario)


_RENEW = Exercise(
    name="09-renew",
    call="renew(store, lock, old, ask)",
    goal="Return an access token that is newer than `old`, and never use a refresh token twice.",
    cases=(
        _tabs("one tab", scenarios.one_tab, "access 1, then access 2", "One tab renews, and later again."),
        _tabs(
            "a tab that comes later",
            scenarios.tab_that_comes_later,
            "access 1 and access 1, 1 refresh",
            "The other tab has renewed already: look into the store before you ask.",
        ),
        _tabs(
            "two tabs at once",
            scenarios.two_tabs_at_once,
            "access 1 and access 1",
            "Both tabs used the same refresh token. To the server that is a theft: both are logged out.",
        ),
        _tabs(
            "a refusal",
            scenarios.refused,
            "None, the store holds None",
            "The server refuses for good. A pair that is kept is tried again and again.",
        ),
    ),
    done="One tab asks, the other finds the result: the app of this lab does so with Web Locks. A colleague "
    "might let the server take the old token for some seconds more; a thief then has these seconds too.",
)

EXERCISES = (_ATTACHED, _POLICY, _CORS, _RENEW)
