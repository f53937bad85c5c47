"""The exercises of 11: a design for any needs, and a decision record that others can check."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from labserver.kit.choosing.design import SYSTEMS, Design, Needs, violates
from labserver.kit.exercises.case import Case, Exercise

NOTHING = "nothing is violated"
CITED = re.compile(r"(0[1-9]|10): \S.*")
WORDS = 8


def _judged(decide: Callable[[Needs], Any], needs: Needs) -> str | None:
    """Try the learner's function on needs, and say what its design violates first."""
    design = decide(needs)
    if design is None or design is ...:
        return None
    if not isinstance(design, Design):
        return f"{type(design).__name__} is no Design"
    return next(iter(violates(design, needs)), NOTHING)


def _needs(name: str, needs: Needs, why: str) -> Case:
    return Case((needs,), NOTHING, why, name=name, scenario=_judged)


_DECIDE = Exercise(
    name="11-decide",
    call="decide(needs)",
    goal="Return a Design that violates nothing of these needs.",
    cases=(
        _needs(
            "the shop",
            SYSTEMS["shop"],
            "A page without a script sends what the browser adds by itself, and two machines must both find a row.",
        ),
        _needs(
            "an office tool",
            Needs(senders=("pages",), end_within=0),
            "Access has to end at once: what is only signed has to run out first.",
        ),
        _needs(
            "the app",
            SYSTEMS["app"],
            "Scripts of other sites get no cookie sent along, and while the store is down nothing can be looked up.",
        ),
        _needs(
            "the bank",
            SYSTEMS["bank"],
            "The services behind have to check who asks: by a key that they hold, or by asking.",
        ),
        _needs(
            "a partner's interface",
            Needs(senders=("partners",), verifiers="other owners", end_within=30, without_store=True),
            "How long a token is good follows from how soon access must end.",
        ),
        _needs(
            "a widget in other sites",
            Needs(senders=("scripts",), other_origins=True, end_within=0, machines=3),
            "A header crosses to another site; and an end at once needs a look-up, whatever carries it.",
        ),
    ),
    done="You have written down what a team argues about: which need decides which part of a design. A "
    "colleague may take shorter tokens in place of a look-up where both pass, and pay with renewals.",
)


def _system(record: Callable[[], Any]) -> str | None:
    told = record()
    if told is None or told is ...:
        return None
    return "a system of this notebook" if told.get("system") in SYSTEMS else f"{told.get('system')!r}"


def _design(record: Callable[[], Any]) -> str:
    told = record()
    return str(_judged(lambda needs: told.get("design"), SYSTEMS[told["system"]]) or "there is no design")


def _because(record: Callable[[], Any]) -> str:
    cited = [str(line) for line in record().get("because", ())]
    wrong = [line for line in cited if not CITED.fullmatch(line)]
    if wrong:
        return f"{wrong[0]!r} does not name a notebook and a part of it"
    return "3 notebooks or more" if len({line[:2] for line in cited}) >= 3 else f"{len(cited)} lines"


def _against(record: Callable[[], Any]) -> str:
    words = len(str(record().get("against", "")).split())
    return f"{WORDS} words or more" if words >= WORDS else f"{words} words"


def _flips(record: Callable[[], Any]) -> str:
    told = record()
    needs, other = SYSTEMS[told["system"]], told.get("flips")
    if not isinstance(other, Needs):
        return f"{type(other).__name__} is no Needs"
    changed = [one.name for one in fields(Needs) if getattr(needs, one.name) != getattr(other, one.name)]
    if len(changed) != 1:
        return f"{len(changed)} needs are changed"
    violated = violates(told["design"], other)
    return "one need is changed, and the design violates it" if violated else "the design passes all the same"


_RECORD = Exercise(
    name="11-record",
    call="record()",
    goal="Return a decision record as a dictionary: system, design, because, against, flips.",
    cases=(
        Case(
            (),
            "a system of this notebook",
            "A decision is about one system.",
            name="system",
            scenario=_system,
        ),
        Case(
            (),
            NOTHING,
            "A design that violates a need is no candidate, however good the reasons are.",
            name="design",
            scenario=_design,
        ),
        Case(
            (),
            "3 notebooks or more",
            "A reason that names its evidence can be checked by others, and in two years by yourself.",
            name="because",
            scenario=_because,
        ),
        Case(
            (),
            f"{WORDS} words or more",
            "Who cannot say what speaks against a decision has not decided, but guessed.",
            name="against",
            scenario=_against,
        ),
        Case(
            (),
            "one need is changed, and the design violates it",
            "Needs change. The record says which change makes it necessary to decide again.",
            name="flips",
            scenario=_flips,
        ),
    ),
    done="This page is what a colleague reads before changing the design. Another one may decide otherwise "
    "with the same evidence: then the two of you weigh a need differently, and can say which.",
)

EXERCISES = (_DECIDE, _RECORD)
