"""Every claim is tried once, and comes out as expected; the page says what was seen."""

from __future__ import annotations

import re

import pytest

from labserver.kit.browser.chromium import Chromium, NoBrowser
from labserver.kit.exercises import claims
from labserver.kit.exercises.claims import CLAIMS, Case, Report, Stage
from labserver.kit.exercises.claims.claim import verdict_of
from labserver.kit.exercises.claims.stored import recall
from labserver.kit.failures import KitError
from tools.claims import PAGE, ROOT, bare, headings, page

MEASURED = re.compile(r"≈ [\d.,]+( \w+)?")
BROWSER = [name for name, one in CLAIMS.items() if one.browser]


@pytest.fixture(scope="module")
def report() -> Report:
    return claims.run()


@pytest.mark.parametrize("name", CLAIMS)
def test_the_verdict_is_the_expected_one(report: Report, name: str) -> None:
    assert report[name].as_expected, report[name].evidence


def test_the_page_is_written_from_such_a_run(report: Report) -> None:
    """What differs from run to run has the sign for it, and is not compared."""
    written = PAGE.read_text(encoding="utf-8")
    assert MEASURED.sub("≈", page(report)) == MEASURED.sub("≈", written)


def test_no_verdict_comes_without_evidence(report: Report) -> None:
    for result in report:
        assert result.cases and all(case.where and case.seen for case in result.cases)
        assert "eyJ" not in result.evidence  # no token


@pytest.mark.parametrize(
    ("held", "verdict"),
    [
        ([True], "true"),
        ([False, False], "false"),
        ([True, False], "depends"),
        ([False, True, True], "depends"),
    ],
)
def test_the_verdict_follows_from_the_cases(held: list[bool], verdict: str) -> None:
    assert verdict_of([Case("here", one, "seen") for one in held]) == verdict


def test_without_a_case_there_is_no_verdict() -> None:
    with pytest.raises(ValueError, match="without a case"):
        verdict_of([])


def test_there_are_more_than_enough_and_each_is_complete() -> None:
    assert len(CLAIMS) >= 34
    for name, one in CLAIMS.items():
        assert one.text.endswith(".") and one.about.endswith("."), name
        assert one.said.startswith("https://"), name
        assert bool(one.depends_on) == (one.expected == "depends"), name


@pytest.mark.parametrize("name", CLAIMS)
def test_the_part_that_explains_a_claim_exists(name: str) -> None:
    one = CLAIMS[name]
    titles = [bare(title) for title in headings(ROOT / "notebooks" / f"{one.notebook}.ipynb")]
    assert one.cell in titles


@pytest.mark.parametrize("name", BROWSER)
def test_where_there_is_no_browser_the_stored_result_is_shown_as_stored(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> Chromium:
        raise NoBrowser("none")

    monkeypatch.setattr(Chromium, "start", none)
    with Stage() as stage:
        monkeypatch.setattr(stage, "lab", lambda **_: None)  # nothing else is asked for before
        result = claims.try_out(CLAIMS[name], stage)
    assert result.as_expected and result.stored
    assert f"(stored, {result.stored})" in repr(Report([result]))
    assert "1 of them stored" in Report([result]).summary


def test_a_claim_without_a_stored_result_says_so() -> None:
    with pytest.raises(KitError, match="no stored result"):
        recall(CLAIMS["a-jwt-is-encrypted"])


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="no claim 'x'"):
        claims.run(["x"])
