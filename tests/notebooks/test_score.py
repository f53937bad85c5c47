"""The predictions scored: how many were right, and what lay behind the others."""

from __future__ import annotations

from labserver.kit.exercises.predictions import PREDICTIONS
from labserver.kit.exercises.progress import Facts, Kept
from labserver.kit.exercises.score import NOTHING, scored

NAME = "11-hybrid"


def kept(predictions: dict[str, Facts]) -> Kept:
    return {"prediction": predictions}


def test_without_a_prediction_it_says_where_to_begin() -> None:
    assert repr(scored(kept({}))) == NOTHING


def test_those_that_the_run_did_not_confirm_are_listed_with_what_lay_behind() -> None:
    found = scored(
        kept({NAME: {"said": "none", "run": "one"}, "11-key": {"said": "nobody", "run": "nobody"}})
    )
    assert found.title == "1 of 2 predictions were as the run showed"
    (row,) = found.text_rows()
    assert row == [NAME, "none", "one", PREDICTIONS[NAME].options[0].misconception]


def test_open_unknown_and_outdated_predictions_are_left_out() -> None:
    found = scored(
        kept(
            {
                NAME: {"said": "none"},
                "99-gone": {"said": "a", "run": "b"},
                "11-key": {"said": "of an earlier version", "run": "nobody"},
            }
        )
    )
    assert found.title == NOTHING
