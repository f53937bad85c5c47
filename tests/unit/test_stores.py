"""One contract for all stores of the registry; then what one of them promises more; then the registry."""

from __future__ import annotations

import re
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labserver.app import create_app, prepare
from labserver.errors import StoreDown, StoreUnusable
from labserver.kit.scaling import drills, growth
from labserver.settings import Settings
from labserver.storage import database
from labserver.storage.base import KINDS, Record, RecordKind, Store
from labserver.storage.memory import MemoryStore
from labserver.storage.redis import RedisStore
from labserver.storage.registry import STORES, StoreEntry, disk_path, examples, open_store, register
from labserver.storage.sqlite import SQLiteStore
from tests.unit.conftest import Race

pytestmark = pytest.mark.usefixtures("quick_passwords")

KEY, OTHER = bytes(range(32)), bytes(range(32, 64))
LATER = 4_000_000_000.0  # seconds since 1970; Redis really forgets what is past
ROW = Record(  # as each kind of row may be
    "ada",
    LATER,
    {"created": 1.5, "used": 1, "cart": ["tea", "Käse 🧀"], "deep": {"a": [None, True, 1]}}
    | {"current": "0" * 64, "issued": [["jti", 1.5]]},
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_put_can_be_got(store: Store, kind: RecordKind) -> None:
    assert store.get(kind, KEY) is None
    store.put(kind, KEY, ROW)
    assert store.get(kind, KEY) == ROW
    assert store.get(kind, OTHER) is None


def test_kinds_are_kept_apart(store: Store) -> None:
    store.put("session", KEY, ROW)
    assert store.get("family", KEY) is None
    assert store.get("denied", KEY) is None
    assert store.find("family") == []


def test_compare_and_set_replaces_what_is_still_the_same(store: Store) -> None:
    store.put("session", KEY, ROW)
    fresh = ROW._replace(expires=LATER + 1, data=ROW.data | {"used": 2})
    assert store.compare_and_set("session", KEY, ROW, fresh)
    assert store.get("session", KEY) == fresh


@pytest.mark.parametrize(
    "change",
    [{"data": ROW.data | {"created": 2}}, {"expires": LATER + 1}, {"owner": "grace"}],
    ids=lambda change: str(*change),
)
def test_compare_and_set_leaves_alone_what_has_changed(store: Store, change: dict[str, object]) -> None:
    now = ROW._replace(**change)  # type: ignore[arg-type]
    store.put("session", KEY, now)
    assert not store.compare_and_set("session", KEY, ROW, ROW._replace(data={}))
    assert not store.compare_and_set("session", KEY, ROW, None)
    assert store.get("session", KEY) == now


def test_compare_and_set_does_not_bring_back_what_is_gone(store: Store) -> None:
    store.put("session", KEY, ROW)
    store.delete("session", [KEY])
    assert not store.compare_and_set("session", KEY, ROW, ROW._replace(data={}))
    assert not store.compare_and_set("session", KEY, ROW, None)
    assert store.get("session", KEY) is None
    assert store.find("session", "ada") == []


def test_compare_and_set_with_nothing_deletes(store: Store) -> None:
    store.put("session", KEY, ROW)
    assert store.compare_and_set("session", KEY, ROW, None)
    assert store.get("session", KEY) is None
    assert store.find("session", "ada") == []


def test_a_row_that_was_read_can_be_set(store: Store) -> None:
    store.put("session", KEY, ROW)
    read = store.get("session", KEY)
    assert read is not None
    assert store.compare_and_set("session", KEY, read, read._replace(data=read.data | {"used": 0.1 + 0.2}))
    read = store.get("session", KEY)
    assert read is not None
    assert store.compare_and_set("session", KEY, read, None)


def test_delete_takes_several_and_does_not_mind_strangers(store: Store) -> None:
    store.put("session", KEY, ROW)
    store.put("session", OTHER, ROW)
    store.delete("session", iter([KEY, OTHER, bytes(32)]))
    store.delete("session", [])
    assert store.find("session") == []


def test_find_lists_one_owners_rows_or_all(store: Store) -> None:
    assert store.find("session") == store.find("session", "ada") == []
    hers = ROW._replace(owner="grace")
    store.put("session", KEY, ROW)
    store.put("session", OTHER, hers)
    assert store.find("session", "ada") == [(KEY, ROW)]
    assert store.find("session", "grace") == [(OTHER, hers)]
    assert sorted(store.find("session")) == [(KEY, ROW), (OTHER, hers)]
    assert store.find("session", "*") == store.find("session", "ad?") == store.find("session", "") == []


def test_purge_takes_what_has_expired(store: Store) -> None:
    store.put("session", KEY, ROW)
    store.put("denied", OTHER, ROW._replace(expires=LATER + 10))
    store.purge_expired(LATER - 1)
    assert store.find("session", "ada") == [(KEY, ROW)]
    if not isinstance(store, RedisStore):  # Redis forgets by its own clock, which nobody here can move
        store.purge_expired(LATER)
        assert store.find("session") == []
    assert len(store.find("denied")) == 1


def test_of_eight_compare_and_sets_one_wins(store: Store, race: Race) -> None:
    for turn in range(5):
        start = ROW._replace(data=ROW.data | {"turn": turn})
        store.put("family", KEY, start)

        def compare_and_set(number: int, start: Record = start) -> bool:
            fresh = start._replace(data=ROW.data | {"winner": number})
            return store.compare_and_set("family", KEY, start, fresh)

        results = race(compare_and_set)
        assert sorted(results, key=str) == [False] * 7 + [True]
        winner = store.get("family", KEY)
        assert winner is not None
        assert winner.data["winner"] == results.index(True)


def test_of_many_compare_and_sets_and_a_delete_nothing_comes_back(store: Store, race: Race) -> None:
    def work(number: int) -> None:
        if number == 0:
            store.delete("session", [KEY])
            return
        for _ in range(20):
            row = store.get("session", KEY)
            if row is not None:
                store.compare_and_set("session", KEY, row, row._replace(data=ROW.data | {"by": number}))

    store.put("session", KEY, ROW)
    assert race(work) == [None] * 8
    assert store.get("session", KEY) is None


def test_eight_at_once_lose_nothing(store: Store, race: Race) -> None:
    def work(number: int) -> None:
        for turn in range(10):
            store.put("session", bytes([number, turn]) * 16, ROW)
            store.find("session", "ada")

    assert race(work) == [None] * 8
    assert len(store.find("session", "ada")) == len(store.find("session")) == 80


def test_what_is_shared_is_seen_by_all_who_open_it(
    entry: StoreEntry, address: str, store: Store, tmp_path: Path
) -> None:
    store.put("session", KEY, ROW)
    assert (open_store(address, tmp_path).get("session", KEY) == ROW) == entry.shared


def test_a_user_logs_in_and_out(entry: StoreEntry, address: str, tmp_path: Path) -> None:
    """The whole server works with every store of the registry, and shows which it has."""
    settings = Settings(home=tmp_path / "home", store=address, lab_key="a key")
    password = prepare(settings)["ada"]["password"]
    client = create_app(settings).test_client()
    at = {"base_url": "http://127.0.0.1"}
    body = client.post("/session/login", json={"username": "ada", "password": password}, **at).get_json()
    assert client.get("/session/me", **at).get_json()["user"]["username"] == "ada"
    state = client.get("/lab/state", headers={"X-Lab-Key": "a key"}, **at).get_json()
    assert state["store"]["kind"] == entry.name
    assert [row["owner"] for row in state["store"]["rows"] if row["kind"] == "session"] == ["ada"]
    csrf = {"X-CSRF-Token": body["csrf_token"], "Origin": "http://127.0.0.1"}
    assert client.post("/session/logout", headers=csrf, **at).status_code == 204
    assert client.get("/session/me", **at).status_code == 401


def test_sqlite_survives_its_process(tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "s.db").put("session", KEY, ROW)
    assert SQLiteStore(tmp_path / "s.db").get("session", KEY) == ROW


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_sqlite_keeps_its_file_private(tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "s.db").put("session", KEY, ROW)
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows an open file cannot be moved away")
def test_sqlite_gone_is_down_and_back_is_up(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "s.db")
    store.put("session", KEY, ROW)
    (tmp_path / "s.db").rename(tmp_path / "moved.db")
    for ask in (
        lambda: store.put("session", KEY, ROW),
        lambda: store.get("session", KEY),
        lambda: store.find("session"),
    ):
        with pytest.raises(StoreDown):
            ask()
    assert not (tmp_path / "s.db").exists(), "an empty new file would log everybody out"
    (tmp_path / "moved.db").rename(tmp_path / "s.db")
    assert store.get("session", KEY) == ROW


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows an open file cannot be moved away")
def test_a_reader_notices_soon_that_the_file_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = SQLiteStore(tmp_path / "s.db"), [1000.0]
    monkeypatch.setattr(database, "monotonic", lambda: now[0])
    store.put("session", KEY, ROW)
    (tmp_path / "s.db").unlink()
    now[0] += 1.01 * database.READERS_TRUST
    with pytest.raises(StoreDown):
        store.get("session", KEY)
    assert database.READERS_TRUST <= 0.01


def test_sqlite_refuses_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_text("this is a letter, not a database, however long it may be" * 50)
    with pytest.raises(StoreUnusable, match=r"s\.db"):
        SQLiteStore(tmp_path / "s.db")
    with pytest.raises(StoreUnusable, match="nowhere"):
        SQLiteStore(tmp_path / "nowhere" / "s.db")


def test_redis_that_does_not_answer_is_unusable() -> None:
    with pytest.raises(StoreUnusable, match=r"127\.0\.0\.1"):
        RedisStore("redis://127.0.0.1:1")


def test_no_message_contains_the_password_of_redis() -> None:
    with pytest.raises(StoreUnusable) as raised:
        RedisStore("redis://user:very-secret@127.0.0.1:1")
    assert "very-secret" not in str(raised.value)


def test_a_store_is_opened_by_its_url(tmp_path: Path) -> None:
    assert isinstance(open_store("memory:", tmp_path), MemoryStore)
    assert isinstance(open_store("sqlite:", tmp_path), SQLiteStore)
    assert (tmp_path / "sessions.db").exists()
    assert isinstance(open_store(f"sqlite:{tmp_path / 'other.db'}", tmp_path), SQLiteStore)
    assert (tmp_path / "other.db").exists()


@pytest.mark.parametrize("unknown", ["", "mysql://x", "memory", "sqlite", "memory:x"])
def test_what_names_no_store_is_refused(unknown: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"There is no store .*memory:"):
        open_store(unknown, tmp_path)


def test_an_unknown_store_gets_the_examples(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(examples())):
        open_store("mysql://x", tmp_path)


def test_the_registry_names_what_it_opens(entry: StoreEntry, address: str, store: Store) -> None:
    assert store.name == entry.name
    assert address.startswith(entry.schemes)
    assert entry.example.startswith(entry.schemes)
    assert entry.example in examples()
    assert entry.title and entry.durability


@pytest.mark.parametrize("taken", [{"name": "sqlite"}, {"schemes": ("toy:", "unix://")}])
def test_a_name_and_a_scheme_are_registered_once(taken: dict[str, Any]) -> None:
    toy = replace(STORES["memory"], **{"name": "toy", "schemes": ("toy:",)} | taken)
    known = dict(STORES)
    with pytest.raises(ValueError, match="already a store"):
        register(toy)
    assert known == STORES


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("sqlite:a/b.db", "a/b.db"),
        ("sqlite:C:\\x.db", "C:\\x.db"),
        ("sqlite:", ""),
        ("memory:", ""),
        ("redis://h", ""),
        ("x:y", ""),
    ],
)
def test_the_path_in_an_address(address: str, path: str) -> None:
    assert disk_path(address) == path


def test_the_kit_calls_stores_as_the_registry_does() -> None:
    """It may not import the registry: it is a client."""
    assert set(drills.STORES) <= set(STORES)
    for names in (drills._NAMES, growth.NAMES):
        assert names == {name: STORES[name].title for name in names}
