"""The sanitize file covers what varies, and nothing that a lesson says."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from nbval.plugin import get_sanitize_patterns  # type: ignore[import-untyped]

from tests.notebooks.sanitize import RULES, TEXT, sanitized


def defects(config: str) -> list[str]:
    """Name the lines of a sanitize file that nbval would silently drop."""
    lines = config.splitlines()
    found = [
        f"not followed by its replacement: {line}"
        for line, following in pairwise([*lines, ""])
        if line.startswith("regex:") and not re.fullmatch(r"replace: \S.*", following)
    ]
    found += [
        f"not preceded by its regex: {line}"
        for before, line in pairwise(["", *lines])
        if line.startswith("replace:") and not re.fullmatch(r"regex: \S.*", before)
    ]
    return found


def test_every_rule_is_one_that_nbval_reads() -> None:
    assert defects(TEXT) == []
    assert len(RULES) == sum(line.startswith("regex:") for line in TEXT.splitlines()) > 0
    assert TEXT.isascii(), "nbval reads it in the machine's own encoding"
    for regex, replacement in RULES:
        re.sub(regex, replacement, "")


DROPPED = [
    "regex: a+\n# why\nreplace: A\n",
    "regex: a+\nreplace:\n",
    "regex: a+\n",
    "replace: A\n",
    "regex:a+\nreplace: A\n",
]
MISREAD = ["regex: \nreplace: A\n", "regex: a+\nreplace: \n"]
"""An empty regex fits between all characters; an empty replacement is lost with its trailing blank."""


@pytest.mark.parametrize("config", DROPPED)
def test_a_rule_that_nbval_drops_is_found(config: str) -> None:
    assert get_sanitize_patterns(config) == []
    assert defects(config)


@pytest.mark.parametrize("config", MISREAD)
def test_a_rule_that_says_nothing_is_found(config: str) -> None:
    assert defects(config)


VARIES = [
    ("Set-Cookie: sid=● k7Qx9f; HttpOnly", "Set-Cookie: sid=● Zz_-09; HttpOnly"),
    ("■ k7Qx9f ▲ k7Qx9f ◆ k7Qx9f △ aaaaaa ◇ bbbbbb", "■ a7Qx9f ▲ b7Qx9f ◆ c7Qx9f △ dddddd ◇ eeeeee"),
    ("looks up the row · 5.2 µs", "looks up the row · 48 µs"),
    ("checks the password · 18.2 ms", "checks the password · 1.3 s"),
    ("at http://127.0.0.1:41873/session/me", "at http://127.0.0.1:8080/session/me"),
    ("X-Trace-Id: 0123456789abcdef", "X-Trace-Id: fedcba9876543210"),
    ("'iat': 1795435200, 'exp': 1795436100.5", "'iat': 1795435201, 'exp': 1795436101.25"),
    ("{'kid': 'k7Qx9fAbCdE', 'jti': 'aaaaaaaa'}", "{'kid': 'a-_x9fAbCdE', 'jti': 'bbbbbbbb'}"),
    ("&#34;kid&#34;: &#34;k7Qx9fAbCdE&#34;", "&#34;kid&#34;: &#34;b7Qx9fAbCdE&#34;"),
    (
        '<svg class="labkit plot" role="img">\n<text>17</text></svg>!',
        '<svg class="labkit plot" role="i"></svg>!',
    ),
    ("≈ 3,400 requests/s", "≈ 287.5 requests/s"),
    ("≈ 104, then", "≈ 9.9, then"),
    ("≈ 1.74 million cores", "≈ 980,000 cores"),
    ("a check of ≈ 1,010 µs", "a check of ≈ 88.2 µs"),
    ("Redis: run here", "Redis: there is none here, so stored results of 2026-11-24"),
    ("Still there? Chromium: 156, run here", "Still there? Chromium: 201, run here"),
    ("Chromium: 156, run here", "Chromium: none here, so stored results of 2026-11-26 with 156"),
    ("http://app.localhost:45547/?shop=46279", "http://app.localhost:1234/?shop=39869"),
    (
        '<img alt="A page." style="a" src="data:image/png;base64,AAAA">',
        '<img alt="A page. (there is no browser here to show it)" style="a" src="data:image/png;base64,BB=">',
    ),
    ("Picture: A page.", "Picture: A page. (there is no browser here to show it)"),
]


@pytest.mark.parametrize(("one", "other"), VARIES)
def test_what_varies_is_made_equal(one: str, other: str) -> None:
    assert one != other
    assert sanitized(one) == sanitized(other)


SURVIVES = [
    "200",
    "HTTP/1.1 401 Unauthorized",
    "store_reads 1, store_writes 0, bytes out 214",
    "session  log in  0  1  0 / 0  98 / 0",
    "The run says b. You had not predicted.",
    "02-is-live: not written yet.",
    "3 of 7 cases",
    "expires_in: 1800",
    "Max-Age=43200",
    "Retry-After: 30",
    "ends in 30 min",
    "live for 899 s, over at 900 s",
    "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    "now = 1000000",
    "sid=; Path=/",
    "● session",
    "● cookies",
    '{"alg": "HS256", "typ": "at+jwt"}',
    "id: 256 random bits, 43 characters",
    "127.0.0.1",
    "RFC 6265, section 5.3",
    "Python 3.13.0",
    "m=19456,t=2,p=1",
    "signatures made 1, checked 0; password checks 1",
    "4096 bytes; 1234567 rows; 10000000000 rows",
    "True",
    "version 1.25",
    "deadbeef",
    '<svg class="labkit" role="img"><text>17</text></svg>',
    "3,400 requests",
    "Redis: 4 of 4",
    "Picture: A page.",
    "a driven Chromium, version 156",
    '<img alt="A page." src="page.png">',
    "{'kid': 'k1', 'alg': 'ES256'}",
]


@pytest.mark.parametrize("text", SURVIVES)
def test_what_a_lesson_says_survives(text: str) -> None:
    assert sanitized(text) == text


@pytest.mark.parametrize(("old", "new"), [("200", "401"), ("1 store", "0 store"), ("●", "◆")])
def test_one_changed_verdict_stays_a_difference(old: str, new: str) -> None:
    answer = "● k7Qx9f at 127.0.0.1:4711 says 200 after 5.2 µs, 1 store read"
    assert old in answer
    assert sanitized(answer.replace(old, new)) != sanitized(answer)
