"""Sessions to the very second, over every store."""

from __future__ import annotations

import hashlib

import pytest

from labserver.auth.sessions import Sessions
from labserver.errors import NoSession
from labserver.storage.base import Record, RecordKind, Store
from tests.unit.conftest import Race, StoppedClock

IDLE, ABSOLUTE, TOUCH = 1800, 43200, 60


@pytest.fixture
def sessions(store: Store, clock: StoppedClock) -> Sessions:
    return Sessions(store, clock, idle=IDLE, absolute=ABSOLUTE, last_used_interval=TOUCH)


def test_an_id_is_long_random_and_stored_as_its_hash(sessions: Sessions, store: Store) -> None:
    ids = {sessions.open("ada") for _ in range(50)}
    assert len(ids) == 50
    assert all(len(one) >= 43 for one in ids), "256 bits"
    assert {key for key, _ in store.find("session")} == {hashlib.sha256(one.encode()).digest() for one in ids}
    assert not any(one in str(store.find("session")) for one in ids)
    assert not any(one in repr(sessions.check(one)) for one in ids), "nor does it get into a log by accident"


@pytest.mark.parametrize("strange", ["", "x", "x" * 43, "\udcff", "ü", "x" * 100_000])
def test_a_strange_id_is_nobody(sessions: Sessions, strange: str) -> None:
    with pytest.raises(NoSession):
        sessions.check(strange)


def test_the_idle_limit(sessions: Sessions, store: Store, clock: StoppedClock) -> None:
    ada, grace = sessions.open("ada"), sessions.open("grace")
    clock.time += IDLE - 1
    assert sessions.check(ada).username == "ada"
    clock.time += 1
    assert sessions.listing("grace") == []
    with pytest.raises(NoSession):
        sessions.check(grace)
    assert [row.owner for _, row in store.find("session")] == ["ada"], "what has expired is not kept"
    clock.time += IDLE - 2
    assert sessions.check(ada).username == "ada"
    clock.time += IDLE
    with pytest.raises(NoSession):
        sessions.check(ada)


def test_the_absolute_limit(sessions: Sessions, clock: StoppedClock) -> None:
    ada, start = sessions.open("ada"), clock.time
    while clock.time + IDLE - 1 < start + ABSOLUTE:
        clock.time += IDLE - 1
        assert sessions.check(ada).expires <= start + ABSOLUTE
    clock.time = start + ABSOLUTE - 1
    assert sessions.check(ada).expires == start + ABSOLUTE
    clock.time += 1
    with pytest.raises(NoSession):
        sessions.check(ada)


def test_the_absolute_limit_holds_for_a_session_that_is_never_used(store: Store, clock: StoppedClock) -> None:
    sessions = Sessions(store, clock, idle=ABSOLUTE + 60, absolute=ABSOLUTE, last_used_interval=TOUCH)
    ada = sessions.open("ada")
    clock.time += ABSOLUTE
    with pytest.raises(NoSession):
        sessions.check(ada)


def test_last_used_is_written_once_a_minute(sessions: Sessions, store: Store, clock: StoppedClock) -> None:
    ada, start = sessions.open("ada"), clock.time
    clock.time += TOUCH - 1
    sessions.check(ada)
    assert store.find("session")[0][1].data["used"] == start
    clock.time += 1
    sessions.check(ada)
    assert store.find("session")[0][1].data["used"] == clock.time


def test_ending_is_final(sessions: Sessions) -> None:
    ada, other = sessions.open("ada"), sessions.open("ada")
    sessions.end(ada)
    with pytest.raises(NoSession):
        sessions.check(ada)
    assert sessions.check(other).username == "ada"
    sessions.end_all("ada")
    with pytest.raises(NoSession):
        sessions.check(other)


def test_a_session_that_ends_while_it_is_used_stays_ended(
    sessions: Sessions, store: Store, clock: StoppedClock, race: Race
) -> None:
    for _ in range(5):
        ada = sessions.open("ada")
        clock.time += TOUCH

        def work(number: int, ada: str = ada) -> None:
            if number == 0:
                sessions.end(ada)
            else:
                sessions.check(ada)

        assert all(result is None or isinstance(result, NoSession) for result in race(work))
        assert store.find("session", "ada") == []


def test_a_logout_just_before_last_used_is_written_is_not_undone(
    sessions: Sessions, store: Store, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, get = sessions.open("ada"), store.get

    def look_and_lose(kind: RecordKind, key: bytes) -> Record | None:
        row = get(kind, key)
        store.delete(kind, [key])
        return row

    clock.time += TOUCH
    monkeypatch.setattr(store, "get", look_and_lose)
    with pytest.raises(NoSession):
        sessions.check(ada)
    assert store.find("session") == []


def test_eight_items_at_once_all_reach_the_cart(sessions: Sessions, race: Race) -> None:
    ada = sessions.open("ada")

    def add(number: int) -> None:
        sessions.remember(sessions.check(ada), lambda row: {"cart": [*row.get("cart", []), str(number)]})

    assert race(add) == [None] * 8
    assert sorted(sessions.check(ada).data["cart"]) == list("01234567")


def test_a_dead_session_remembers_nothing(sessions: Sessions, store: Store) -> None:
    ada = sessions.open("ada")
    session = sessions.check(ada)
    sessions.end(ada)
    with pytest.raises(NoSession):
        sessions.remember(session, lambda row: {"cart": ["tea"]})
    assert store.find("session") == []


def test_handles_name_a_session_and_open_nothing(sessions: Sessions, clock: StoppedClock) -> None:
    ada = sessions.open("ada")
    clock.time += 10
    other = sessions.open("ada")
    listed = sessions.listing("ada", sessions.check(ada).key)
    assert [one["current"] for one in listed] == [False, True], "the latest first"
    with pytest.raises(NoSession):
        sessions.check(listed[0]["handle"])
    assert not sessions.end_by_public_id("grace", listed[0]["handle"])
    assert not sessions.end_by_public_id("ada", "no such handle")
    assert sessions.end_by_public_id("ada", listed[0]["handle"])
    with pytest.raises(NoSession):
        sessions.check(other)
    clock.time += IDLE
    assert sessions.listing("ada") == [], "what has expired is not shown"
