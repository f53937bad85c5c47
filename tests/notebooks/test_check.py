"""A check survives whatever a learner writes, and says what happened in words."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from labserver.kit.exercises import sandbox
from labserver.kit.exercises.case import Case, Exercise, Raises
from labserver.kit.exercises.cases import EXERCISES
from labserver.kit.exercises.check import check
from labserver.kit.exercises.verdict import shorten
from labserver.kit.stopped import STEP

Session = dict[str, int]


def right(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < idle and now - session["created"] < absolute


def says(function: Callable[..., Any], **options: float) -> str:
    verdict = check("02-is-live", function, **options)
    assert not verdict.passed
    return repr(verdict)


def test_the_first_failing_case_is_shown_in_full() -> None:
    def naive(session: Session, now: int, idle: int, absolute: int) -> bool:
        return now - session["last_used"] <= idle

    assert says(naive).splitlines() == [
        "02-is-live: not yet, 5 of 7 cases. The first that differs:",
        "  given     session = {'created': 0, 'last_used': 0}",
        "            now = 1800",
        "            idle = 1800",
        "            absolute = 43200",
        "  expected  False",
        "  got       True",
        "  why       The limit itself is already too late: at 30 minutes, not after them.",
    ]


def test_a_verdict_reads_the_same_every_time_in_both_forms() -> None:
    one, two = check("02-is-live", right), check("02-is-live", right)
    assert repr(one) == repr(two)
    assert one._repr_html_() == two._repr_html_()
    assert repr(one).startswith("02-is-live: right, 7 of 7 cases.")


def test_html_escapes_what_the_learner_returns() -> None:
    def sneaky(session: Session, now: int, idle: int, absolute: int) -> str:
        return "<script>alert(1)</script> $x$"

    html = check("02-is-live", sneaky)._repr_html_()
    assert html.startswith('<div class="mathjax_ignore"'), "or JupyterLab typesets the dollars"
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_failing_arguments_can_be_tried_again() -> None:
    def wrong(session: Session, now: int, idle: int, absolute: int) -> bool:
        return right(session, now, idle, absolute + 1)

    verdict = check("02-is-live", wrong)
    assert wrong(*verdict.args) is not right(*verdict.args)


def test_an_exception_is_one_line_with_the_learners_own_line() -> None:
    def clumsy(session: Session, now: int, idle: int, absolute: int) -> bool:
        return session["lastused"] > 0

    text = says(clumsy)
    assert "got       KeyError: 'lastused' (line " in text
    assert '`return session["lastused"] > 0`)' in text
    assert "Traceback" not in text


def test_an_exception_inside_a_library_names_the_line_that_called_it() -> None:
    def reads(session: Session, now: int, idle: int, absolute: int) -> Any:
        return json.loads("{")

    assert '`return json.loads("{")`)' in says(reads)


def test_not_even_sys_exit_ends_the_kernel() -> None:
    def leaves(session: Session, now: int, idle: int, absolute: int) -> bool:
        raise SystemExit(3)

    assert "SystemExit: 3" in says(leaves)


def test_an_endless_loop_is_stopped_and_shown() -> None:
    def endless(session: Session, now: int, idle: int, absolute: int) -> bool:
        calls.append(now)
        while True:
            with suppress(Exception):  # the very habit that must not keep it alive
                while True:
                    now += 1

    calls: list[int] = []
    before = threading.active_count()
    began = time.monotonic()
    text = says(endless, seconds=0.2)
    assert time.monotonic() - began < 10
    assert "no answer within 0.2 seconds" in text
    assert "It was at line " in text
    assert calls == [60], "the other cases would hang as well"
    assert threading.active_count() == before


def test_a_tab_whose_loop_never_ends_is_stopped_too() -> None:
    """It runs in a thread of its own, for which Python would wait at its end."""

    def renew(store: dict[str, Any], lock: threading.Lock, old: str, ask: Callable[[str], Any]) -> Any:
        if not lock.acquire(blocking=False):
            while True:
                time.sleep(0.001)
        try:
            if store["pair"]["access_token"] == old:
                store["pair"] = ask(store["pair"]["refresh_token"])
            return store["pair"] and store["pair"]["access_token"]
        finally:
            lock.release()

    before = threading.active_count()
    text = repr(check("09-renew", renew, seconds=1))
    assert "no answer within 1 seconds; does a loop never end?" in text and "restart" not in text
    assert threading.active_count() == before


def test_all_cases_together_have_one_time_limit() -> None:
    def slow(session: Session, now: int, idle: int, absolute: int) -> bool:
        time.sleep(0.3)
        return right(session, now, idle, absolute)

    text = says(slow, seconds=0.4)
    assert re.search("[0-6] of 7", text), "enough for each alone; a busy machine may stop it a little late"
    assert "no answer within 0.4 seconds" in text


def test_a_call_that_cannot_be_stopped_still_gives_the_notebook_back() -> None:
    release = threading.Event()

    def stuck(session: Session, now: int, idle: int, absolute: int) -> bool:
        while not release.is_set():
            with suppress(BaseException):  # refuses to be stopped
                release.wait(0.01)
        return True

    try:
        assert "restart the kernel" in says(stuck, seconds=0.1)
    finally:
        release.set()


def test_changed_arguments_are_reported_although_the_answer_is_right() -> None:
    def touching(session: Session, now: int, idle: int, absolute: int) -> bool:
        answer = right(session, now, idle, absolute)
        session["last_used"] = now
        return answer

    assert "the right answer, but the arguments were changed" in says(touching)
    assert check("02-is-live", right).passed, "the next check gets fresh arguments"


def test_a_truthy_answer_is_not_true() -> None:
    def truthy(session: Session, now: int, idle: int, absolute: int) -> int:
        return 1

    assert "got       1, which is an int" in says(truthy)


def test_a_generator_is_named() -> None:
    def lazy(session: Session, now: int, idle: int, absolute: int) -> Any:
        yield True

    assert "a generator: `yield` makes one" in says(lazy)


@pytest.mark.parametrize("thing", [None, 5, "is_live", True])
def test_something_else_than_a_function_is_refused_kindly(thing: Any) -> None:
    text = says(thing)
    assert "the function itself, without brackets" in text
    assert repr(thing) in text


def test_other_parameters_are_shown_beside_the_right_ones() -> None:
    def short(session: Session, now: int) -> bool:
        return True

    text = says(short)
    assert "is_live(session, now, idle, absolute)" in text
    assert "short(session" in text

    def odd(session: Session, marks: str = "<b>") -> bool:
        return True

    assert "<b>'" not in check("02-is-live", odd)._repr_html_()


def test_an_async_function_is_refused_before_it_leaves_a_coroutine_behind() -> None:
    async def modern(session: Session, now: int, idle: int, absolute: int) -> bool:
        return True

    assert "plain `def`" in says(modern)


def test_not_implemented_error_counts_as_a_stub() -> None:
    def stub(session: Session, now: int, idle: int, absolute: int) -> bool:
        raise NotImplementedError

    text = says(stub)
    assert "not written yet" in text
    assert "raised NotImplementedError in all 7 cases" in text


def test_a_stub_half_written_is_no_stub() -> None:
    def partly(session: Session, now: int, idle: int, absolute: int) -> bool | None:
        return True if now == 60 else None

    assert "not yet, 1 of 7" in says(partly)


BATTERY = Exercise(
    name="99-battery",
    call="square_root(number)",
    goal="Let numbers through, and stop all else.",
    cases=(
        Case((4,), 2.0, "An honest number was refused.", "honest", ("four",)),
        Case((-1,), Raises(ValueError), "`-1` got in: it has no root.", "negative", ("minus one",)),
        Case((-4,), Raises(ValueError), "`-4` got in: it has no root.", "negative", ("minus four",)),
        Case(
            ("4",), Raises(ValueError), "A text got in: anyone who adds to it crashes.", "text", ("a text",)
        ),
        Case((None,), Raises(ValueError), "Nothing got in.", "nothing"),
    ),
)


def test_a_named_case_is_shown_by_its_name_and_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a check can be a battery: which attack got in, what it means, and which others did too."""
    monkeypatch.setitem(EXERCISES, BATTERY.name, BATTERY)

    verdict = check("99-battery", lambda number: abs(float(number or 0)) ** 0.5)
    assert repr(verdict).splitlines() == [
        "99-battery: not yet, 1 of 5 cases. The first that differs: negative",
        "  given     number = minus one",
        "  expected  ValueError, raised",
        "  got       1.0, and no exception",
        "  why       `-1` got in: it has no root.",
        "  also      text; nothing",
    ]
    assert verdict.args == (-1,)
    assert ">also</dt>" in verdict._repr_html_()
    text = repr(check("99-battery", lambda number: float(number) ** 0.5 if float(number) > 0 else 1 / 0))
    assert "number = minus one" in text
    assert "got       ZeroDivisionError: " in text
    assert "; a crash lets nobody in, and is no refusal: that is ValueError" in text
    assert "  also      text; nothing" in text


class Counter:
    """A learner's class, of which one call shows nothing."""

    def __init__(self, step: int) -> None:
        self.count, self.step = 0, step

    def add(self) -> int:
        self.count += 100 // self.step
        return self.count


def add_twice(make: Callable[[int], Counter], step: int) -> int:
    counter = make(step)
    return counter.add() + counter.add()


TOY = Exercise(
    name="99-counter",
    call="Counter(step)",
    goal="Count in equal parts of a hundred.",
    cases=(
        Case((50,), 6, "It counts.", scenario=add_twice),
        Case((0,), 0, "No step, no count.", "no step", scenario=add_twice),
    ),
)


def test_a_scenario_uses_the_learners_class_and_has_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXERCISES, TOY.name, TOY)
    text = repr(check("99-counter", Counter))
    assert "not yet, 1 of 2 cases. The first that differs: no step" in text
    assert "given     step = 0" in text
    assert re.search(r"got +ZeroDivisionError: .* \(line \d+: `self.count \+= 100 // self.step`\)", text)
    without_init = type("Bare", (), {})
    assert "TypeError" in repr(check("99-counter", lambda step: without_init(step)))


def test_a_play_that_never_ends_is_stopped_at_the_learners_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(Counter):
        def add(self) -> int:
            while True:
                self.count += 1

    monkeypatch.setitem(EXERCISES, TOY.name, TOY)
    text = repr(check("99-counter", Endless, seconds=0.2))
    assert "no answer within 0.2 seconds" in text
    assert re.search(r"It was at line \d+: `(while True:|self.count \+= 1)`", text)


def test_an_unknown_exercise_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="02-is-live"):
        check("02-is-life", right)


def test_long_values_lose_their_middle_and_objects_their_address() -> None:
    assert len(shorten("x" * 1000)) < 170
    assert " at 0x" not in shorten(object())

    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError

    assert "cannot be shown" in shorten(Shy())


def test_an_interrupt_stops_the_learners_function_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(self: threading.Event, timeout: float | None = None) -> bool:
        monkeypatch.undo()
        raise KeyboardInterrupt

    def endless() -> None:
        while True:
            time.sleep(0.001)

    before = threading.active_count()
    original = threading.Event.wait

    def wait_once(self: threading.Event, timeout: float | None = None) -> bool:
        return wait(self, timeout) if timeout == STEP else original(self, timeout)

    monkeypatch.setattr(threading.Event, "wait", wait_once)
    with pytest.raises(KeyboardInterrupt):
        sandbox.run(endless, (), 60)
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
