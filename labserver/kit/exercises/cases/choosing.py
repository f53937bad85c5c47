"""The exercises of 11: a design for any needs, and a decision record that others can check."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from labserver.kit.choosing.design import SYSTEMS, Design, Needs, violates
from labserver.kit.exercises.case import Case, Exercise

UNWRITTEN = (None, NotImplemented, ...)
NOTHING = "nothing is violated"
ENOUGH = "evidence from 3 notebooks or more"
FLIPPED = "one need is changed, and the design violates it"
CITED = re.compile(r"(0[1-9]|10): \S.*")
WORDS = 8


def _judged(decide: Callable[[Needs], Any], needs: Needs) -> str | None:
    """Try the learner's function on needs, and say what its design violates first."""
    design = decide(needs)
    if design in UNWRITTEN:
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
            "A page without a script sends what the browser adds, and both machines must find the row.",
        ),
        _needs(
            "an office tool",
            Needs(senders=("pages",), end_within=0),
            "Access has to end at once: what is only signed has to run out first.",
        ),
        _needs(
            "the app",
            SYSTEMS["app"],
            "A script of another site gets no cookie sent along, and a store that is down tells nothing.",
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


Written = dict[str, Any]


def _asked(look: Callable[[Written], str]) -> Callable[..., str | None]:
    """Make a scenario that asks for the record, and looks at it; None where there is none yet."""

    def scenario(record: Callable[[dict[str, Needs]], Any], systems: dict[str, Needs]) -> str | None:
        written = record(systems)
        if written in UNWRITTEN:
            return None
        return look(written) if isinstance(written, dict) else f"{type(written).__name__} is no dictionary"

    return scenario


def _system(written: Written) -> str:
    return "a system of this notebook" if written.get("system") in SYSTEMS else f"{written.get('system')!r}"


def _design(written: Written) -> str:
    found = _judged(lambda needs: written.get("design"), _needs_of(written))
    return found or "there is no design"


def _because(written: Written) -> str:
    cited = [str(line) for line in written.get("because", ())]
    wrong = [line for line in cited if not CITED.fullmatch(line)]
    if wrong:
        return f"{wrong[0]!r} does not name a notebook and a part of it"
    notebooks = {line[:2] for line in cited}
    return ENOUGH if len(notebooks) >= 3 else f"evidence from {len(notebooks)}"


def _against(written: Written) -> str:
    words = len(str(written.get("against", "")).split())
    return f"{WORDS} words or more" if words >= WORDS else f"{words} words"


def _flips(written: Written) -> str:
    needs, other = _needs_of(written), written.get("flips")
    if not isinstance(other, Needs):
        return f"{type(other).__name__} is no Needs"
    changed = [one.name for one in fields(Needs) if getattr(needs, one.name) != getattr(other, one.name)]
    if len(changed) != 1:
        return f"{len(changed)} needs are changed"
    return FLIPPED if violates(written["design"], other) else "the design passes all the same"


SHOWN = ("the needs of part 1, by the system's name",)


def _needs_of(written: Written) -> Needs:
    return SYSTEMS[written["system"]]


_RECORD = Exercise(
    name="11-record",
    call="record(systems)",
    goal="Return a decision record as a dictionary: system, design, because, against, flips.",
    cases=(
        Case(
            (SYSTEMS,),
            "a system of this notebook",
            "A decision is about one system.",
            name="system",
            shown=SHOWN,
            scenario=_asked(_system),
        ),
        Case(
            (SYSTEMS,),
            NOTHING,
            "A design that violates a need is no candidate, however good the reasons are.",
            name="design",
            shown=SHOWN,
            scenario=_asked(_design),
        ),
        Case(
            (SYSTEMS,),
            ENOUGH,
            "A reason that names its evidence can be checked by others, and in two years by yourself.",
            name="because",
            shown=SHOWN,
            scenario=_asked(_because),
        ),
        Case(
            (SYSTEMS,),
            f"{WORDS} words or more",
            "A decision has a price. The record names it, so that nobody is surprised later.",
            name="against",
            shown=SHOWN,
            scenario=_asked(_against),
        ),
        Case(
            (SYSTEMS,),
            FLIPPED,
            "Needs change. The record says which change makes it necessary to decide again.",
            name="flips",
            shown=SHOWN,
            scenario=_asked(_flips),
        ),
    ),
    done="This page is what a colleague reads before changing the design. Another one may decide otherwise "
    "with the same evidence: then the two of you weigh a need differently, and can say which.",
)

EXERCISES = (_DECIDE, _RECORD)
