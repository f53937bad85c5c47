"""The capacity model: fitted, checked on loads that it has not seen, carried to a hundred million users."""

from __future__ import annotations

import math
from dataclasses import asdict, fields, replace
from typing import Any

import pytest

from labserver.formats.reports import RequestLoad
from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.measurement.throughput import Load, Point
from labserver.kit.scaling import capacity, queueing
from labserver.kit.scaling.assumptions import size, written
from labserver.kit.scaling.capacity import Assumptions, Costs, estimate, fit
from labserver.kit.scaling.formula import evaluate
from labserver.kit.scaling.scale import DESIGNS, Estimate

COSTS = Costs(request=300, session_check=20, token_check=50, store_read=12, password=20_000, write=800)
SERVICE, ELSEWHERE = 400.0, 600.0
SPANS = {
    "none": {"auth": 0.0, "store": 0.0, "crypto": 0.0, "total": 60.0},
    "session": {"auth": 20.0, "store": 12.0, "crypto": 0.0, "total": 90.0},
    "token": {"auth": 50.0, "store": 0.0, "crypto": 20.0, "total": 120.0},
}
VISIT: dict[str, RequestLoad] = {
    "POST /session/login": {"requests": 9, "errors": 0, "spans": {"crypto": 20_000.0, "store": 900.0}},
    "POST /session/logout": {"requests": 9, "errors": 0, "spans": {"crypto": 0.0, "store": 800.0}},
}


def synthetic(users: tuple[int, ...] = (1, 2, 8), *, off: float = 1.0) -> Load:
    """Make what a server that is exactly such a queue would show; `off` spoils what is not fitted."""
    points = []
    for count in users:
        for flow, spans in SPANS.items():
            rate = queueing.throughput(count, SERVICE + spans["total"] - SPANS["session"]["total"], ELSEWHERE)
            rate *= 1.0 if flow == "session" and count in (1, users[-1]) else off
            points.append(Point(flow, count, 1000.0, round(1000 * rate), 0, None, spans, {}, 0.3))
        points.append(Point("session-mixed", count, 1.0, 60, 0, None, SPANS["session"], VISIT, 0.3))
    return Load(points)


def test_a_fit_finds_the_queue_that_made_the_numbers() -> None:
    model = fit(synthetic())
    assert model.service == pytest.approx({"none": 370, "session": 400, "token": 430}, rel=1e-3)
    assert model.elsewhere == pytest.approx(600, rel=1e-3)
    assert repr(model) == (
        "A request keeps a worker busy for: none 370 µs, session 400 µs, token 430 µs. "
        "The rest of a round takes 600 µs."
    )


def test_two_loads_that_the_fit_has_not_seen_are_predicted() -> None:
    check = fit(synthetic()).check()
    assert [(each.flow, each.users) for each in check.predictions] == [("session", 2), ("token", 8)]
    assert check.worst < 0.001
    assert check.holds
    assert repr(check).splitlines()[:2] == [
        "The model on loads that it has not seen:",
        "  session, 2 users: predicted ≈ 1,724 requests/s, measured ≈ 1,724, off by ≈ 0 %",
    ]
    assert "<table>" in check._repr_html_()


def test_the_middle_slice_counts_and_not_a_busy_moment() -> None:
    busy = Load([replace(each, rates=(each.rate, 1.0, each.rate)) for each in synthetic().points])
    assert fit(busy).service == fit(synthetic()).service
    assert fit(busy).check().worst < 0.001


def test_visits_may_be_a_load_of_their_own() -> None:
    both = synthetic()
    visits = Load([each for each in both.points if each.flow == "session-mixed"])
    others = Load([each for each in both.points if each.flow != "session-mixed"])
    assert fit(others, visits=visits).costs == fit(both).costs


def test_a_model_that_is_wrong_is_seen() -> None:
    check = fit(synthetic(off=0.7)).check(("session", 2), ("none", 8))
    assert check.worst == pytest.approx(1 / 0.7 - 1, rel=0.01)
    assert not check.holds


def test_the_costs_are_read_from_the_spans() -> None:
    costs = fit(synthetic()).costs
    assert costs.request == pytest.approx(380, rel=1e-3)
    measured = (costs.session_check, costs.token_check, costs.store_read, costs.password, costs.write)
    assert measured == (20, 50, 12, 20_000, 800)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: fit(synthetic((2, 8))), "with one user and with several"),
        (lambda: fit(synthetic((1,))), "with one user and with several"),
        (lambda: fit(synthetic(), "grid"), "the flow 'grid'"),
        (
            lambda: fit(Load([replace(each, spans={}) for each in synthetic().points])),
            "only a server in lab mode",
        ),
        (lambda: fit(Load([replace(each, requests=0) for each in synthetic().points])), "wants answers"),
        (lambda: fit(synthetic((1, 8))).check(), "two other loads are needed"),
        (lambda: fit(synthetic()).check(("session", 8)), "says nothing about the model"),
        (lambda: fit(synthetic()).predict("session-mixed", 2), "the model knows none, session, token"),
        (
            lambda: fit(Load([each for each in synthetic().points if each.flow != "session-mixed"])).costs,
            "mixed",
        ),
    ],
)
def test_what_is_missing_is_said(call: Any, says: str) -> None:
    with pytest.raises(KitError, match=says):
        call()


# Carried to many users.


def evaluated(need: Estimate, name: str, design: int) -> float:
    """Compute a line by the formula that it shows."""
    names: dict[str, Any] = asdict(COSTS) | asdict(need.assumed)
    names |= {each.name.replace(" ", "_"): each.values[design] for each in need if each.name != name}
    names |= {"up": math.ceil, "max": max, "min": min, "__builtins__": {}}
    formula = (
        need[name]
        .formulas[design]
        .replace("×", "*")
        .replace("86,400", "86400")
        .replace("1,440", "1440")
        .replace("1,000,000", "1e6")
    )
    return float(eval(formula, names))  # noqa: S307 - our own text


@pytest.mark.parametrize(
    "assumed", [Assumptions(), Assumptions(users=1e5, logouts_a_day=1, access_minutes=60)]
)
def test_every_formula_gives_the_number_beside_it(assumed: Assumptions) -> None:
    need = estimate(COSTS, assumed)
    assert len(need.needs) >= 12
    for each in need:
        for design in range(3):
            assert evaluated(need, each.name, design) == pytest.approx(each.values[design]), each.name


@pytest.mark.parametrize(
    ("text", "value"),
    [("2 + 3 × 4", 14), ("(2 + 3) × 4 / 8 - 1", 1.5), ("1,000,000 / 86,400", 1e6 / 86_400), ("a × b", 6),
     ("max(up(a / b), 5, b)", 5), ("up(2.5)", 3), ("min(1, a × b)", 1)],
)  # fmt: skip
def test_a_formula_is_computed_as_it_reads(text: str, value: float) -> None:
    assert evaluate(text, {"a": 2, "b": 3}) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "a ** 2",
        "a.real",
        "open(a)",
        "max(a, key=a)",
        "'a'",
        "a if a else a",
        "-a",
        "1 +",
        "[a]",
        "(lambda: a)()",
    ],
)
def test_what_is_no_formula_is_not_run(text: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        evaluate(text, {"a": 2})


def test_a_formula_knows_its_names_only() -> None:
    with pytest.raises(KeyError, match="b"):
        evaluate("a + b", {"a": 2})


def test_some_lines_by_hand() -> None:
    need = estimate(COSTS)
    assert need["requests"].session == pytest.approx(1e8 * 50 * 3 / 86_400)
    assert need["store reads"].values == pytest.approx((173_611, 6_944, 180_556), abs=1)
    assert need["revocation lag"].values == (0, 900, 0)
    # One login a day, as a session lasts 12 hours; its row is there for 60 of 1,440 minutes, times the peak.
    assert need["logins"].values == pytest.approx((3472.2, 347.2, 347.2), rel=1e-3)
    assert need["bytes kept"].session == 1e8 * 2 * 490 / 8
    assert need["bytes kept"].token == 1e8 * 2 * 570
    assert need["store servers"].session == 12
    assert need["cores for passwords"].token == pytest.approx(347.2 * 0.02 / 0.6, rel=1e-3)


KNOBS = {each.name for each in fields(Assumptions)}
COST_NAMES = {each.name for each in fields(Costs)}


@pytest.mark.parametrize("name", sorted(KNOBS))
def test_every_knob_turns_something(name: str) -> None:
    usual = Assumptions()
    base = estimate(COSTS, usual)
    for factor in (0.01, 0.5, 1.5):
        other = estimate(COSTS, replace(usual, **{name: getattr(usual, name) * factor}))
        if any(one.values != two.values for one, two in zip(base, other, strict=True)):
            return
    pytest.fail(f"{name} does nothing")


@pytest.mark.parametrize("name", sorted(COST_NAMES))
def test_every_cost_counts(name: str) -> None:
    other = estimate(replace(COSTS, **{name: getattr(COSTS, name) * 2}))
    assert any(one.values != two.values for one, two in zip(estimate(COSTS), other, strict=True))


LONG = 30 * 24 * 60.0


@pytest.mark.parametrize(
    ("changes", "logins"),
    [
        ({"session_hours": 24.0, "idle_minutes": LONG}, 1.0),
        ({"session_hours": 14 * 24.0}, 1.0),
        ({"idle_minutes": LONG}, 1.0),
        ({"session_hours": 14 * 24.0, "idle_minutes": LONG}, 0.1),
        ({"session_hours": 7 * 24.0, "idle_minutes": LONG}, 1 / 7),
        ({"session_hours": 0.25}, 2.0),
        ({"logins_a_day": 3.0}, 3.0),
    ],
)
def test_a_limit_asks_for_logins(changes: dict[str, float], logins: float) -> None:
    need = estimate(COSTS, Assumptions(**changes))
    assert need["logins"].session * 86_400 / 3 / 1e8 == pytest.approx(logins)


def test_a_row_lives_all_day_where_people_are_at_it_all_day() -> None:
    need = estimate(COSTS, Assumptions(minutes_a_day=8 * 60))
    assert need["bytes kept"].session == 1e8 * 2 * 490


def test_some_lines_are_shown_alone() -> None:
    need = estimate(COSTS)
    few = need.only("cores", "logins")
    assert [each.name for each in few] == ["cores", "logins"]
    assert repr(few).startswith("What 100 million users need at the peak\n  cores: ")
    with pytest.raises(KeyError, match="there is no 'core'"):
        need.only("core")


def test_twice_the_users_need_twice_the_cores() -> None:
    one, two = (estimate(COSTS, Assumptions(users=users)) for users in (1e7, 2e7))
    for name in ("cores", "store reads", "bytes kept", "credential bytes"):
        for design in range(3):
            assert two[name].values[design] == pytest.approx(2 * one[name].values[design])
    assert two["revocation lag"].values == one["revocation lag"].values


@pytest.mark.parametrize(
    ("knob", "says"),
    [({"users": -1}, "users is a number that is not negative"), ({"peak": math.inf}, "peak"),
     ({"access_minutes": 0}, "access_minutes is divided by"), ({"busy": 1.5}, "at most 1")],
)  # fmt: skip
def test_an_assumption_that_makes_no_sense_is_refused(knob: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        estimate(COSTS, Assumptions(**knob))


def test_an_estimate_shows_every_line_with_its_formula() -> None:
    need = estimate(COSTS)
    text, html = repr(need), need._repr_html_()
    assert text.startswith("What 100 million users need at the peak\n")
    assert "  store reads: session 174,000/s, token 6,940/s, token + denylist 181,000/s\n" in text
    assert "  cores: session ≈ 210, token ≈ 116, token + denylist ≈ 120\n" in text
    assert "    = users × requests_a_day × peak / 86,400\n" in text
    assert "bytes kept: session 12.2 GB" in text
    for each in need:
        assert each.name in html
        assert all(f"{formula}" in text for formula in each.formulas)
    assert len(DESIGNS) == 3
    with pytest.raises(KeyError, match="there is no 'core': there are requests"):
        need["core"]


def test_costs_and_assumptions_show_themselves() -> None:
    lines = repr(Assumptions(users=1e6)).splitlines()
    assert lines[:2] == ["Assumptions, each a knob", "  users: 1 million, people who come every day"]
    assert len(lines) == len(KNOBS) + 1
    assert "  memory_each: 64 GB, what one store server holds" in lines
    assert repr(COSTS).splitlines()[1:3] == [
        "  request: 300 µs, a request, besides its check",
        "  session_check: 20 µs, the check of a session, its look-up included",
    ]
    assert all(f">{name}</th>" in Assumptions()._repr_html_() for name in KNOBS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.1234, "0.123"), (5, "5"), (999.6, "1,000"), (17_361, "17,400"), (1.736e6, "1.74 million"),
     (1e8, "100 million"), (2.5e9, "2.5 billion")],
)  # fmt: skip
def test_numbers_are_written_in_three_digits(value: float, text: str) -> None:
    assert written(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (570, "570 B"), (9.9e6, "9.9 MB"), (1.2e12, "1.2 TB")]
)
def test_sizes_have_units(value: float, text: str) -> None:
    assert size(value) == text


def test_on_a_real_server_the_parts_come_together() -> None:
    """Not how well it predicts: that is for an idle machine. But all the numbers are there."""
    with Lab.start() as lab:
        load = lab.load("session", "token", users=(1, 2, 4), seconds=1.5, rounds=3)
        visits = lab.load("session-mixed", users=(1,), seconds=4, rounds=1)
    assert load.errors == visits.errors == 0, load.verdict + visits.verdict
    model = fit(load, visits=visits)
    assert all(us > 0 for us in model.service.values())
    check = model.check()
    assert [(each.flow, each.users) for each in check.predictions] == [("session", 2), ("token", 4)]
    assert all(each.predicted > 0 for each in check.predictions)
    costs = model.costs
    assert costs.password > 1000 > costs.token_check > 0
    assert costs.session_check > costs.store_read > 0
    assert capacity.estimate(costs)["cores"].session > 1
