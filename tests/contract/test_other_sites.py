"""The pages on other origins: what the recorder tells, to whom, and which shop a page speaks to."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from labserver.other_sites.app import create_other_sites
from labserver.other_sites.recorder import MOST, Recorder

KEY = "the starter's key"


@pytest.fixture
def sites() -> FlaskClient:
    return create_other_sites(KEY).test_client(use_cookies=False)


def at(host: str) -> dict[str, str]:
    return {"Host": f"{host}:4567"}


def test_the_recorder_tells_names_of_the_shops_cookies_and_no_value(sites: FlaskClient) -> None:
    """Cookies ignore ports, so Jupyter's own come along too: they are not looked at."""
    cookie = {"Cookie": "sid=secret-1; _xsrf=secret-2; strict=secret-3"}
    page = sites.get(
        "/received/link/one", headers=at("shop.localhost") | cookie | {"Authorization": "Bearer x"}
    )
    recorded = sites.get("/recorded", headers=at("127.0.0.1") | {"X-Lab-Key": KEY})
    assert recorded.json and recorded.json["received"]["one"] == {
        "method": "GET",
        "cookies": ["sid", "strict"],
        "authorization": True,
        "origin": "",
        "site": "",
    }
    assert "Cookies: sid, strict" in page.text
    assert not any(word in page.text + recorded.text for word in ("secret", "_xsrf"))


def test_a_page_may_ask_what_came_with_its_latest_request(sites: FlaskClient) -> None:
    """In words, and by a number that tells this request from the one before."""
    asked = at("evil.localhost")
    assert sites.get("/latest/one", headers=asked).json == {"number": 0, "words": ""}
    numbers = []
    for _ in range(2):
        sites.get("/received/image/one", headers=at("shop.localhost") | {"Cookie": "sid=secret-1; _xsrf=2"})
        latest = sites.get("/latest/one", headers=asked)
        assert latest.json and latest.json["words"] == "GET. Cookies: sid. Authorization header: none."
        assert "Access-Control-Allow-Origin" not in latest.headers, "it is for this origin's scripts alone"
        numbers.append(latest.json["number"])
    assert numbers[0] < numbers[1]


@pytest.mark.parametrize("key", [None, "", "another key"])
def test_what_was_stolen_is_for_the_starter_alone(key: str | None, sites: FlaskClient) -> None:
    sites.post("/loot", data="a token", headers=at("evil.localhost"))
    answer = sites.get("/recorded", headers=at("evil.localhost") | ({"X-Lab-Key": key} if key else {}))
    assert answer.status_code == 404
    assert "a token" not in answer.text


def test_it_forgets_the_oldest() -> None:
    recorder = Recorder()
    for number in range(MOST + 5):
        recorder.take(str(number))
    report = recorder.report()
    assert (len(report["loot"]), report["loot"][0], report["taken"]) == (MOST, "5", MOST + 5)


@pytest.mark.parametrize(
    ("host", "shop"),
    [
        ("evil.localhost", "http://shop.localhost:8000/site/email"),
        ("blog.shop.example", "http://shop.example:8000/site/email"),
        ("127.0.0.1", "http://127.0.0.1:8000/site/email"),
    ],
)
def test_a_page_speaks_to_the_shop_of_its_own_ending(host: str, shop: str, sites: FlaskClient) -> None:
    assert shop in sites.get("/attack/forged-form?shop=8000", headers=at(host)).text


@pytest.mark.parametrize("path", ["/", "/attack/forged-form", "/attack/forged-json"])
def test_a_forgers_page_says_what_it_cannot_know_and_where_to_look(path: str, sites: FlaskClient) -> None:
    page = " ".join(sites.get(f"{path}?shop=8000", headers=at("evil.localhost")).text.split())
    assert "cannot know" in page
    assert 'href="http://shop.localhost:8000/site/"' in page


@pytest.mark.parametrize(
    "path",
    [
        "/attack/other",
        "/received/other/one/two",
        "/attack/forged-form?shop=x",
        "/attack/forged-form?shop=70000",
    ],
)
def test_what_is_not_there_is_not_found(path: str, sites: FlaskClient) -> None:
    assert sites.get(path, headers=at("evil.localhost")).status_code == 404


@pytest.mark.parametrize("host", ["evil.test", "shop.localhost.evil.test", "localhost.example"])
def test_it_answers_to_its_own_names_only(host: str, sites: FlaskClient) -> None:
    assert sites.get("/", headers=at(host)).status_code == 400
