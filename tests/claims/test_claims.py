"""Every claim is tried once, and comes out as expected; the page says what was seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from labserver.kit.browser.chromium import Chromium, NoBrowser
from labserver.kit.exercises import claims
from labserver.kit.exercises.claims import CLAIMS, ClaimCase, ClaimReport, ClaimResult, Stage
from labserver.kit.exercises.claims.claim import verdict_of
from labserver.kit.exercises.claims.stored import recall
from labserver.kit.failures import KitError
from tools.claims import PAGE, ROOT, bare, headings, page

MEASURED = re.compile(r"≈ [\d.,]+( \w+)?")
BROWSER = [name for name, one in CLAIMS.items() if one.browser]


@pytest.fixture(scope="module")
def result_of() -> Iterator[Callable[[str], ClaimResult]]:
    """Try a claim, once, on servers that all share."""
    results: dict[str, ClaimResult] = {}
    with Stage() as stage:

        def result(name: str) -> ClaimResult:
            if name not in results:
                results[name] = claims.try_out(CLAIMS[name], stage)
            return results[name]

        yield result


@pytest.mark.parametrize("name", CLAIMS)
def test_the_verdict_is_the_expected_one(result_of: Callable[[str], ClaimResult], name: str) -> None:
    result = result_of(name)
    assert result.as_expected, result.evidence
    assert result.cases and all(case.where and case.seen for case in result.cases)
    assert "eyJ" not in result.evidence  # no token
    if CLAIMS[name].browser:  # what is stored for computers without a browser is what is seen with one
        assert recall(CLAIMS[name]).cases == result.cases


def test_the_page_is_written_from_such_a_run(result_of: Callable[[str], ClaimResult]) -> None:
    """What differs from run to run has the sign for it, and is not compared."""
    written = PAGE.read_text(encoding="utf-8")
    report = ClaimReport([result_of(name) for name in CLAIMS])
    assert MEASURED.sub("≈", page(report)) == MEASURED.sub("≈", written)


def test_a_run_of_some_gives_a_report_with_these() -> None:
    report = claims.run(["framework-defaults-are-safe"])
    assert len(report) == 1 and not report.flipped
    assert report["framework-defaults-are-safe"].verdict == "false"
    with pytest.raises(KeyError):
        report["a-jwt-is-encrypted"]


def test_the_listing_has_every_claim_with_its_verdict() -> None:
    assert len(claims.listing().rows) == len(CLAIMS)


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
    assert verdict_of([ClaimCase("here", one, "seen") for one in held]) == verdict


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
    assert f"(stored, {result.stored})" in repr(ClaimReport([result]))
    assert "1 of them stored" in ClaimReport([result]).summary


def test_a_claim_without_a_stored_result_says_so() -> None:
    with pytest.raises(KitError, match="no stored result"):
        recall(CLAIMS["a-jwt-is-encrypted"])


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="no claim 'x'"):
        claims.run(["x"])
