"""Run a learner's function so that neither a crash nor an endless loop takes the notebook with it."""

from __future__ import annotations

import ctypes
import linecache
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FrameType, TracebackType
from typing import Any

from labserver.kit.stopped import Task


class OutOfTime(BaseException):
    """Stop a function that ran too long; not an Exception, so that `except Exception` lets it through."""


@dataclass(slots=True)
class Outcome:
    """How a call ended: with a value, with an error, or not at all."""

    value: Any = None
    error: BaseException | None = None
    where: str = ""
    """The learner's own line where it ended early, as in "line 3: `parts[1]`"."""

    seconds: float = 0.0
    timed_out: bool = False
    still_running: bool = False
    """Whether even the stop was refused (a bare `except:` in a loop, or a call that never returns)."""


def run(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    seconds: float,
    home: Callable[..., Any] | None = None,
) -> Outcome:
    """Call the function in a separate thread and wait at most `seconds`.

    `home` is the learner's function or class, by which their own lines are known, if something else calls it.

    A thread, not a signal: signals with a time limit exist on neither Windows nor outside the main thread,
    and a trace function would fight with the notebook's debugger.
    """
    home = home or function
    outcome = Outcome()

    def call() -> None:
        outcome.value = function(*args)

    begun = time.monotonic()
    task = Task(call)
    try:
        task.start()
        finished = task.wait(seconds)
    except KeyboardInterrupt:
        stop(task)
        raise
    if finished:
        outcome.seconds = time.monotonic() - begun
        outcome.error = task.error
        outcome.where = _line_of(task.error.__traceback__, home) if task.error else ""
        return outcome
    frame = sys._current_frames().get(task.ident or 0)
    where = _line_of_frame(frame, home)
    return Outcome(where=where, timed_out=True, still_running=not stop(task))


def stop(task: Task) -> bool:
    """Raise OutOfTime inside the thread, a few times if need be; True when it ended."""
    who = ctypes.c_ulong(task.ident or 0)
    for _ in range(3):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(who, ctypes.py_object(OutOfTime))
        if task.wait(0.3):
            return True
    return False


def _line_of(traceback: TracebackType | None, function: Callable[..., Any]) -> str:
    frames = []
    while traceback is not None:
        frames.append((traceback.tb_frame.f_code, traceback.tb_lineno))
        traceback = traceback.tb_next
    return _innermost(frames[::-1], function)


def _line_of_frame(frame: FrameType | None, function: Callable[..., Any]) -> str:
    frames = []
    while frame is not None:
        frames.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return _innermost(frames, function)


def _innermost(frames: list[tuple[CodeType, int]], function: Callable[..., Any]) -> str:
    """Name the innermost line that stands in the same file, or the same cell, as the function."""
    written = function if hasattr(function, "__code__") else getattr(function, "__init__", None)
    home = getattr(getattr(written, "__code__", None), "co_filename", None)
    for code, number in frames:
        if code.co_filename == home:
            text = linecache.getline(code.co_filename, number).strip()
            return f"line {number}: `{text}`" if text else f"line {number}"
    return ""
