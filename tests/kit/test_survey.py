"""The survey of every way to revoke, and its price: drawn from what was found, counted by the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labserver.kit.lab import Lab
from labserver.kit.processes.in_process import InProcessServer
from labserver.kit.revocation.survey import chart, price, survey
from labserver.kit.revocation.time_to_revoke import EVENTS, AccessToken, SessionId

SHORT = 5
NAMES = ("session", "long token", "short token", "token + denylist", "refresh token")


@pytest.fixture(scope="module")
def plain(quick_passwords: None) -> Iterator[Lab]:
    with Lab(InProcessServer(access_seconds=SHORT)) as lab:
        yield lab


@pytest.fixture(scope="module")
def listed(quick_passwords: None) -> Iterator[Lab]:
    with Lab(InProcessServer(access_seconds=900, denylist=True)) as lab:
        yield lab


def test_a_survey_asks_every_event_of_every_design(plain: Lab) -> None:
    found = survey({"session": (plain, SessionId), "token": (plain, AccessToken)})
    assert list(found) == list(EVENTS)
    assert found["log out"] == {"session": 0, "token": SHORT}
    assert found["copied, nobody notices"] == {"session": 12 * 3600, "token": SHORT}
    assert found["refresh token used twice"] == {"token": 2 * SHORT}, "a session has no refresh token"


def test_an_hour_with_a_session_reads_the_store_for_each_request(plain: Lab) -> None:
    hour = price(plain, SessionId)
    assert hour == {
        "requests": 60, "renewals": 0, "store_reads": 60, "store_writes": 60, "rows_in": 1, "rows_out": 0,
    }  # fmt: skip


def test_an_hour_with_a_token_that_is_always_over_costs_as_much(plain: Lab) -> None:
    hour = price(plain, AccessToken)
    assert (hour["renewals"], hour["store_reads"], hour["store_writes"]) == (60, 60, 60)
    assert plain.state().rows == [], "the lab is as new"


def test_a_denylist_reads_for_each_request_and_keeps_a_row_for_each_logout(listed: Lab) -> None:
    hour = price(listed, AccessToken)
    assert (hour["renewals"], hour["store_reads"]) == (4, 60 + 4)
    assert (hour["rows_in"], hour["rows_out"]) == (1, 1)


def found(*row: int | None) -> dict[str, dict[str, int | None]]:
    return {"log out": dict(zip(NAMES, row, strict=False)), "admin demoted": {"session": 0}}


def test_a_chart_says_in_words_what_it_shows() -> None:
    plot = chart("At once, or later", found(0, 900, 60, 43_200, None))
    assert plot.rows == [
        ["log out", "at once", "15 min", "1 min", "12 h", "no end"],
        ["admin demoted", "at once", "–", "–", "–", "–"],
    ]
    assert "log out: session at once, long token 15 min" in repr(plot)


def test_every_design_is_named_once_and_drawn_in_its_own_way() -> None:
    drawn = chart("At once, or later", found(0, 0, 0, 0, 0)).svg
    assert [drawn.count(f"{glyph} {name}</text>") for glyph, name in zip("●◆◇■▲", NAMES, strict=True)] == [
        1
    ] * 5
    assert "at once</text>" in drawn
    assert "<path" in drawn


def test_marks_at_the_same_place_do_not_hide_each_other() -> None:
    from xml.etree import ElementTree

    def marks(*row: int | None) -> set[str]:
        svg = chart("At once, or later", {"log out": found(*row)["log out"]}).svg
        uses = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}use")  # noqa: S314 our own
        return {use.get("x", "") for use in uses}

    assert len(marks(0, 0, 0)) == len(marks(0, 60, 900)) == 3
