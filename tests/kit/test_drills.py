"""The failure drills: counted on real servers, and shown from stored results where there is no Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from labserver.kit.failures import KitError, NoRedis
from labserver.kit.lab import Lab
from labserver.kit.scaling import drills, stored
from labserver.kit.scaling.crowd import Asked, Crowd
from labserver.runtime.redis_server import find_redis
from tests.kit.survivors import SESSIONS, TOKENS
from tests.notebooks.sanitize import sanitized

pytestmark = pytest.mark.usefixtures("quick_passwords")

needs_redis = pytest.mark.skipif(find_redis() is None, reason="NOT TESTED WITH REDIS: there is none here")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(store="memory", workers=2) as one:
        yield one


def answer(status: int) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    return made


def test_a_crowd_is_counted_person_by_person() -> None:
    good, bad = answer(200), answer(401)
    asked = Asked([(good, good), (good, bad), (bad, None), (good, good)])
    assert (asked.survivors, asked.lost) == (2, 3 / 8)
    assert str(asked) == "2 of 4, no answer, 401"
    assert repr(asked) == "2 of 4 people are still in; 3 of 8 requests were lost"
    assert str(Asked([(good,)])) == "1 of 1"


def test_workers_with_a_memory_of_their_own_lose_people(lab: Lab) -> None:
    sessions, tokens = (Crowd(lab, flow, people=3) for flow in ("session", "token"))
    asked = sessions.meet(2)
    assert 0 < asked.lost < 1
    assert asked.survivors < 3
    assert {response.status_code for response in asked.every if response is not None} == {200, 401}
    asked = tokens.meet(2)
    assert (asked.lost, asked.survivors) == (0, 3)
    assert len({lab.trace(response)["worker"] for response in asked.every if response is not None}) == 2


def test_a_worker_that_is_not_there_is_missed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labserver.kit.scaling.crowd.PATIENCE", 2)
    with pytest.raises(KitError, match=r"only \d of 5 workers have answered"):
        Crowd(lab, "token", people=1).meet(5, times=1)


def test_who_was_lost_logs_in_again(lab: Lab) -> None:
    crowd = Crowd(lab, "token", people=2)
    before = [person.client.headers["Authorization"] for person in crowd.people]
    crowd.log_in()
    assert [person.client.headers["Authorization"] for person in crowd.people] == before
    lab.reset()
    assert crowd.ask().survivors == 0
    crowd.log_in()
    assert crowd.ask().survivors == 2
    with pytest.raises(KitError, match="people use 'session' or 'token', not 'grid'"):
        Crowd(lab, "grid")


def test_nobody_answers_is_no_answer() -> None:
    with Lab.start(kept=True) as lab:
        crowd = Crowd(lab, "token", people=1)
        lab.kill()
        assert str(crowd.ask()) == "0 of 1, no answer"


def test_requests_lost_by_the_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drills, "WORKERS", (1, 2))
    found = drills.lost("memory")
    assert found["1"] == {"session": 0, "token": 0}
    assert 0 < found["2"]["session"] < 1
    assert found["2"]["token"] == 0
    assert set(drills.lost("sqlite")["2"].values()) == {0}


@pytest.mark.parametrize("store", ["memory", "sqlite", pytest.param("redis", marks=needs_redis)])
def test_survivors(store: str) -> None:
    found = drills.survivors(store)
    assert {name: each["session"] for name, each in found.items()} == SESSIONS[store]
    assert {name: each["token"] for name, each in found.items()} == TOKENS
    if store == "redis":
        assert stored.recall("10-survivors").data == found, "`python -m tools.stored` stores them again"


def test_stored_results_say_that_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    found = stored.recall("10-lost")
    assert not found.here
    assert found.label == "Redis: there is none here, so stored results of 2026-11-24"
    assert sanitized(found.label) == sanitized("Redis: run here")
    with pytest.raises(KitError, match="no stored result is called 'nothing'"):
        stored.recall("nothing")


def stub(store: str) -> Any:
    return {"an event": {"session": f"by {store}", "token": "4 of 4"}}


def test_every_store_has_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stub, "__name__", "survivors")
    results = drills.everywhere(stub)
    assert results["redis"]["an event"]["session"] == "by redis"
    assert repr(results) == (
        "Who is still in · Redis: run here\n"
        "what happened  session, memory  session, SQLite  session, Redis  token\n"
        "an event       by memory        by sqlite        by redis        4 of 4"
    )


def test_without_a_redis_its_column_is_stored_and_the_text_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    real = {
        store: {name: {"session": "x", "token": "y"} for name in drills.EVENTS} for store in drills.STORES
    }

    def survivors(store: str) -> Any:
        if store == "redis" and not there:
            raise NoRedis("none")
        return real[store]

    there = True
    real["redis"] = stored.recall("10-survivors").data
    here = repr(drills.everywhere(survivors))
    there = False
    without = drills.everywhere(survivors)
    assert "stored results of" in without.label
    assert sanitized(repr(without)) == sanitized(here) != here
    assert sanitized(without._repr_html_()).count("RUN HERE OR STORED") == 1
    assert json.dumps(without["redis"]) == json.dumps(real["redis"])
