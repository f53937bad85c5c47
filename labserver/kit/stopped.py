"""Long work that is interrupted, by ■ in JupyterLab or Ctrl-C: it ends at once and keeps what it has found.

    lab.measure(…)      # interrupted: "Stopped after 120 rounds. What was found so far is kept: …"
    so_far()            # that: here a Measurement, as of a shorter run

It stays an interrupt: neither the rest of the cell is run nor what is queued behind it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from labserver.kit.failures import KitError

STEP = 0.1
"""Seconds. On Windows nothing interrupts a wait for another thread, so all such waits are in short steps."""

_here = threading.local()
_kept: list[Any] = []


class Stopped(KeyboardInterrupt):
    """Somebody interrupted long work. `result` is what it had found by then; None if that is nothing."""

    def __init__(self, after: str, result: Any = None) -> None:
        self.result = result
        text = "Nothing was found so far."
        if result is not None:
            text = "What was found so far is kept: from labserver import so_far; so_far()"
            _kept[:] = [result]
        super().__init__(f"Stopped after {after}. {text}")

    def _render_traceback_(self) -> list[str]:
        """Let IPython show the sentence alone: at which of our lines it happened helps nobody."""
        return [str(self)]


@contextmanager
def keep(found: Callable[[], tuple[str, Any]]) -> Iterator[None]:
    """Raise Stopped if the block is interrupted; `found` says after what, and returns the result so far."""
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(*found()) from None


def so_far() -> Any:
    """Return what the last interrupted work had found. Raises KitError if there is nothing."""
    if not _kept:
        raise KitError("there is nothing yet: no work was interrupted, or none that had found something")
    return _kept[0]


class Ended(BaseException):
    """This thread's task is to end; not an Exception, so that nothing on its way takes it for an answer."""


def heed() -> None:
    """Raise Ended if this thread's task is to end. Called where nothing is half done, and in long waits."""
    task = getattr(_here, "task", None)
    if task and task.ended:
        raise Ended


class Task:
    """Work in its own thread, which can be waited for, and ended from outside."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.ended = False
        self.error: BaseException | None = None
        self._work, self._done = work, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def ident(self) -> int | None:
        """The thread's number; None before its start."""
        return self._thread.ident

    def _run(self) -> None:
        _here.task = self
        try:
            heed()
            self._work()
        except BaseException as error:  # sys.exit() ends the work, not the kernel
            self.error = error
        finally:
            self._done.set()

    def wait(self, seconds: float = float("inf")) -> bool:
        """Wait until the work is through, or was never started; False if that takes longer."""
        if self.ident is None:
            return True
        end = time.monotonic() + seconds
        while not self._done.wait(max(0.0, min(STEP, end - time.monotonic()))):
            if time.monotonic() >= end:
                return False
        return True

    def end(self) -> None:
        """Let the work end where it next heeds that."""
        self.ended = True
