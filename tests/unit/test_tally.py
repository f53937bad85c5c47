"""What is counted under load: answers, errors, and the spans that the server tells."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from labserver.load.tally import Tally, median, spans_of


def test_a_server_timing_header_is_read_in_microseconds() -> None:
    header = "auth;dur=0.0213, store;dur=0.0125, crypto;dur=0.0000, total;dur=18.25"
    assert spans_of(header) == [
        ("auth", pytest.approx(21.3)),
        ("store", 12.5),
        ("crypto", 0.0),
        ("total", 18250.0),
    ]


@pytest.mark.parametrize("odd", ["", "auth", "auth;dur=", "auth;dur=x", 'db;dur=5, cache;desc="hit"', ";,;"])
def test_what_is_not_ours_is_skipped(odd: str) -> None:
    assert spans_of(odd) == []


def test_the_median_of_counted_values() -> None:
    assert median(Counter({3.0: 1})) == 3.0
    assert median(Counter({9.0: 1, 1.0: 1})) == 1.0
    assert median(Counter({1.0: 1, 2.0: 1, 9.0: 3})) == 9.0
    assert median(Counter({1.0: 2, 2.0: 1, 9.0: 2})) == 2.0
    with pytest.raises(ValueError, match="nothing"):
        median(Counter())


def tallied(*auths: float, error: str | None = None) -> Tally:
    tally = Tally()
    for auth in auths:
        tally.add("GET /a", error, f"auth;dur={auth / 1000}")
    return tally


def test_a_tally_counts_by_request() -> None:
    tally = tallied(10, 20, 30)
    tally.add("GET /b", "503 store_unavailable", "auth;dur=1, total;dur=2")
    assert tally.requests == {"GET /a": 3, "GET /b": 1}
    assert tally.errors == {"GET /b": 1}
    assert tally.wrong == "GET /b: 503 store_unavailable"
    assert tally.medians("GET /a") == {"auth": 20.0}
    assert tally.medians() == {"auth": 20.0, "total": 2000.0}
    assert tally.medians("GET /c") == {}


def test_tallies_add_up_over_the_wire() -> None:
    both = Tally()
    for each in (tallied(10, 10), tallied(30, 30, 50, error="500 internal_error")):
        both.merge(json.loads(json.dumps(each.as_dict())))
    assert both.as_dict() == tallied(10, 10, 30, 30, 50).as_dict() | {
        "errors": {"GET /a": 3},
        "wrong": "GET /a: 500 internal_error",
    }
    assert both.medians() == {"auth": 30.0}
