"""The steps of the capstone: the model server holds, and each known wrong one gets its own message."""

from __future__ import annotations

import runpy
from collections import Counter
from collections.abc import Iterator

import pytest

from labserver.kit.capstone.comparison import TINY, compare, our_piece
from labserver.kit.capstone.examination import examine_target, running, try_file
from labserver.kit.capstone.step import run_trial
from labserver.kit.capstone.steps import STEPS, find
from labserver.kit.capstone.target import OwnTarget
from labserver.kit.capstone.verdict import StepVerdict
from labserver.kit.exercises.steps import STEPS as ORDER
from labserver.kit.failures import ServerGone
from labserver.kit.lab import Lab
from tests.capstone.servers import FAST, FOLDER, MODEL
from tests.conftest import ROOT

WRONG: list[tuple[str, str, dict[str, str], str]] = runpy.run_path(str(FOLDER / "wrong.py"))["WRONG"]


def test_the_model_server_lets_nobody_in_and_serves_honest_people() -> None:
    with running(MODEL, FAST) as target:
        found = examine_target(target)
    assert found.got_in == []
    assert found.passed, repr(found)
    refresh = {"refresh_as_access", "reuse", "access_as_refresh", "refresh_after_logout", "made_up_refresh"}
    assert not refresh & set(found.report.not_tried), "there is something to try them on now"


@pytest.mark.parametrize(
    ("step", "change", "message"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG]
)
def test_a_known_wrong_server_gets_its_own_message(step: str, change: dict[str, str], message: str) -> None:
    verdict = StepVerdict(try_file(find(step), MODEL, FAST | change))
    assert not verdict.passed
    assert message in repr(verdict), repr(verdict)


def test_the_progress_table_counts_these_steps() -> None:
    assert tuple(STEPS) == ORDER


def test_each_step_knows_wrong_servers_and_no_two_get_the_same_message() -> None:
    assert set(Counter(step for _, step, _, _ in WRONG)) == set(STEPS)
    assert len({message for *_, message in WRONG}) == len(WRONG) > 12


@pytest.fixture(scope="module")
def tiny() -> Iterator[dict[str, StepVerdict]]:
    with running(TINY, FAST) as target:
        yield {name: StepVerdict(run_trial(step, target)) for name, step in STEPS.items()}


@pytest.mark.parametrize(
    ("step", "first"),
    [
        ("12-login", "earlier_session"),
        ("12-rest", "ids_in_the_backup"),
        ("12-limits", "after_a_pause"),
        ("12-origin", "foreign_origin"),
        ("12-token", "another_spelling"),
        ("12-refresh", "A login returns a refresh token"),
        ("12-denylist", "A logout on one device"),
        ("12-throttle", "The wait is named in Retry-After"),
    ],
)
def test_tiny_has_something_to_do_in_each_step(tiny: dict[str, StepVerdict], step: str, first: str) -> None:
    assert tiny[step].verdict.case.startswith(first)
    assert "not yet" in tiny[step]._repr_html_()


def test_the_labs_own_server_does_all_steps() -> None:
    with Lab.start(denylist=True) as lab:
        target = OwnTarget.from_ready_message(dict(lab.server.ready))
        for step in STEPS.values():
            trial = run_trial(step, target)
            assert trial.passed, repr(StepVerdict(trial))


def test_without_the_lab_key_what_needs_the_clock_is_not_tried() -> None:
    with Lab.start(denylist=True) as lab:
        message = {**lab.server.ready, "lab_key": None}
        trial = run_trial(find("12-limits"), OwnTarget.from_ready_message(message))
    assert [one.name for one in trial.untried] == ["after_a_pause", "without_a_pause"]
    assert trial.passed, "somewhere else, that is no fault of the server's"


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_the_comparison_shows_code_that_is_there(step: object) -> None:
    one = find(getattr(step, "name", ""))
    shown = compare(one, MODEL)
    assert any(line.startswith("+ ") for piece in shown.yours for line in piece.text.splitlines())
    assert all(our_piece(excerpt).text for excerpt in one.ours)
    if one.name == "12-origin":
        assert "my_server.py, check_origin, new" in [piece.place for piece in shown.yours]
    assert all((ROOT / "notebooks" / piece.link).is_file() for piece in shown.ours)
    assert f'href="../labserver/{one.ours[0].file}"' in shown._repr_html_()
    assert "Yours" in shown._repr_html_() and f"ours: labserver/{one.ours[0].file}" in repr(shown)


def test_a_server_that_ends_meanwhile_is_reported_and_is_no_verdict() -> None:
    leave = {"return jsonify(user=profile(username), expires_in=seconds)": '__import__("os")._exit(9)'}
    with pytest.raises(ServerGone, match=r"no answer .*: it ended by itself \(exit code 9\)"):
        try_file(find("12-login"), MODEL, FAST | leave)


def test_an_unknown_step_is_named() -> None:
    with pytest.raises(ValueError, match=r"no step is called 'x'; there are: 12-login, 12-rest"):
        find("x")
