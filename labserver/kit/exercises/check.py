"""Check a learner's function: what it was given, what was expected, what came back, and why that matters.

    check("02-is-live", is_live)

The first case that fails is shown in full, the others are counted: one thing to repair at a time.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from labserver.kit.exercises import progress, sandbox
from labserver.kit.exercises.case import Case, Exercise, Raises
from labserver.kit.exercises.cases import find
from labserver.kit.exercises.verdict import Verdict, shorten
from labserver.kit.stopped import keep

SECONDS = 3.0
"""How long all the cases of one check may take together."""

_UNWRITTEN = (None, NotImplemented, Ellipsis)


def check(name: str, function: Callable[..., Any], seconds: float = SECONDS) -> Verdict:
    """Run every case of the exercise `name` on `function`, in at most `seconds` seconds.

    Raises ValueError where no exercise has that name; what the function itself does ends up in the verdict.
    """
    exercise = find(name)
    refusal = _not_callable_so(exercise, function)
    if refusal:
        return Verdict(exercise.name, 0, len(exercise.cases), "not run", refusal)
    outcomes: list[sandbox.Outcome] = []
    failures: list[tuple[Case, str]] = []
    left = seconds
    total = len(exercise.cases)

    def found() -> tuple[str, Verdict]:
        note = f"stopped in case {len(outcomes) + 1}; of those before it, {len(failures)} were not right"
        right = len(outcomes) - len(failures)
        return f"{len(outcomes)} of {total} cases", Verdict(exercise.name, right, total, "not run", note)

    for case in exercise.cases:
        args = copy.deepcopy(case.args)
        called = partial(case.scenario, function) if case.scenario else function
        with keep(found):
            outcome = sandbox.run(called, args, max(left, 0.1), home=function)
        left -= outcome.seconds
        outcomes.append(outcome)
        got = _complaint(case, args, outcome, seconds)
        if got:
            failures.append((case, got))
        if outcome.timed_out:
            break
    if all(_unwritten(outcome) for outcome in outcomes):
        return Verdict(
            exercise.name, 0, len(exercise.cases), "not written yet", _unwritten_so(exercise, outcomes)
        )
    right = len(outcomes) - len(failures)
    if not failures:
        progress.record("exercise", exercise.name, right=True)
        return Verdict(exercise.name, right, right, "right", exercise.done)
    (case, got), *others = failures
    return Verdict(
        exercise.name,
        right,
        len(exercise.cases),
        "not yet",
        given=tuple(zip(exercise.parameters, case.shown or map(shorten, case.args), strict=True)),
        expected=_expected(case),
        got=got,
        why=case.why,
        args=copy.deepcopy(case.args),
        case=case.name,
        also=tuple(dict.fromkeys(other.name for other, _ in others if other.name not in ("", case.name))),
    )


def _not_callable_so(exercise: Exercise, function: object) -> str:
    """Explain why the function cannot even be called; empty when it can."""
    if not callable(function):
        return (
            f"check wants the function itself, without brackets: "
            f'check("{exercise.name}", {exercise.function}). It was given {_a(function)}.'
        )
    if inspect.iscoroutinefunction(function):
        return f"{exercise.function} begins with `async def`; here a plain `def` is enough."
    try:
        inspect.signature(function).bind(*exercise.parameters)
    except TypeError:
        own = f"{getattr(function, '__name__', 'the function')}{inspect.signature(function)}"
        return f"the check calls {exercise.call}, and yours is {own}. Give it the same parameters, in order."
    except ValueError:
        pass  # some built-in functions do not tell their signature: let the call show
    return ""


def _unwritten(outcome: sandbox.Outcome) -> bool:
    if outcome.timed_out or outcome.error is not None:
        return isinstance(outcome.error, NotImplementedError)
    return any(outcome.value is nothing for nothing in _UNWRITTEN)


def _unwritten_so(exercise: Exercise, outcomes: list[sandbox.Outcome]) -> str:
    first = outcomes[0]
    says = "raised NotImplementedError" if first.error else f"returned {first.value!r}"
    says += f" ({first.error})" if str(first.error or "") else ""
    return (
        f"{exercise.function} {says} in all {len(exercise.cases)} cases. Write it in the cell above; "
        f"the hints below the task unfold one at a time. Written already? Look for a missing `return`."
    )


def _complaint(case: Case, args: tuple[Any, ...], outcome: sandbox.Outcome, seconds: float) -> str:
    """Say what came back where it is not what the case expects; empty when it is."""
    if outcome.timed_out:
        return _timed_out(outcome, seconds)
    if outcome.error is not None:
        if not isinstance(case.expect, Raises):
            return _raised(outcome)
        wanted = case.expect.kind
        refused = isinstance(outcome.error, wanted)
        crash = "a crash lets nobody in, and is no refusal"
        return "" if refused else f"{_raised(outcome)}; {crash}: that is {wanted.__name__}"
    value = outcome.value
    if inspect.isgenerator(value):
        return "a generator: `yield` makes one; hand the answer back with `return`"
    if isinstance(case.expect, Raises):
        return f"{shorten(value)}, and no exception"
    if type(value) is not type(case.expect):
        return f"{shorten(value)}, which is {_a(value, name_only=True)}"
    if value != case.expect:
        return shorten(value)
    if args != case.args:
        return f"the right answer, but the arguments were changed on the way: {shorten(args)}"
    return ""


def _timed_out(outcome: sandbox.Outcome, seconds: float) -> str:
    text = f"no answer within {seconds:g} seconds; does a loop never end?"
    if outcome.where:
        text += f" It was at {outcome.where}."
    if outcome.still_running:
        text += " It could not be stopped: restart the kernel before you go on."
    return text


def _raised(outcome: sandbox.Outcome) -> str:
    error = outcome.error
    text = f"{type(error).__name__}: {shorten(error, show=str)}" if str(error) else type(error).__name__
    return f"{text} ({outcome.where})" if outcome.where else text


def _expected(case: Case) -> str:
    return f"{case.expect.kind.__name__}, raised" if isinstance(case.expect, Raises) else shorten(case.expect)


def _a(value: object, name_only: bool = False) -> str:
    """Name a value with its type, as in "the int 5"."""
    if value is None:
        return "None"
    name = type(value).__name__
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article} {name}" if name_only else f"the {name} {shorten(value)}"
