"""Each weakness lets in its own attack and no other; honest people notice nothing but the warning."""

from __future__ import annotations

import html
from collections.abc import Callable

import pytest
import requests

from labserver.kit.attacks import ATTACKS, Attack
from labserver.lab_mode.weaknesses import WEAKNESSES
from tests.attacks.conftest import Victim
from tests.attacks.honest import WAYS, LoginServer, Person

PAGES = ("/", "/app/", "/site/")
UNTRIED = {"alg-confusion": {"weak_key"}}
"""Attacks that have nothing to work on: RS256 has no secret to guess, HS256 publishes no key to confuse."""


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_only_its_own_attack_gets_in(weak: Victim, attack: Attack) -> None:
    result = weak.report[attack.name]
    assert result.got_in == (result.weakness == weak.weak), result
    assert result.tried == (result.name not in UNTRIED.get(weak.weak, {"alg_confusion"})), result


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_honest_people_are_served_and_warned(
    weak: Victim, way: Callable[[LoginServer], list[requests.Response]]
) -> None:
    for answer in way(weak):
        assert answer.headers["X-Lab-Weak"] == weak.weak, answer.request.url


def test_every_answer_shouts(weak: Victim) -> None:
    anybody = Person(weak)
    for method, path, expected in (
        ("GET", "/healthz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/static/pages.css", 200),
        ("GET", "/static/none.css", 404),
        ("GET", "/lab/state", 403),
        ("GET", "/nowhere", 404),
        ("DELETE", "/session/me", 405),
        ("OPTIONS", "/session/me", 200),
        ("HEAD", "/", 200),
    ):
        anybody.ask(method, path, expected)
    anybody.ask("POST", "/session/login", 400, data="[", headers={"Content-Type": "application/json"})
    anybody.ask("POST", "/session/login", 413, data=b" " * 20_000)
    anybody.ask("GET", f"/{'x' * 10_000}", 414)
    anybody.ask("GET", "/healthz", 400, headers={"Host": "elsewhere.example"})
    for answer in anybody.answers:
        assert answer.headers.get("X-Lab-Weak") == weak.weak, (answer.request.method, answer.request.url)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_banner(weak: Victim, path: str) -> None:
    anybody = Person(weak)
    anybody.ask("GET", path, 200)
    assert anybody.answers[0].headers["Content-Type"].startswith("text/html")
    page = anybody.answers[0].text
    assert 'class="banner" role="alert"' in page
    assert WEAKNESSES[weak.weak].sentence in html.unescape(page)


def test_the_page_of_a_broken_store_has_it_too(weak: Victim) -> None:
    weak.control("faults", store="down")
    try:
        anybody = Person(weak)
        anybody.ask("GET", "/site/", 503, headers={"Cookie": "sid=something"})
        assert 'class="banner"' in anybody.answers[0].text
        assert anybody.answers[0].headers["X-Lab-Weak"] == weak.weak
    finally:
        weak.control("faults", store="up")
