"""One thread for the browser: Playwright's plain interface refuses to run where an event loop runs already.

A notebook's kernel is such a place. So every call goes to this thread, and the caller waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import SimpleQueue
from typing import Any, TypeVar

from labserver.kit.failures import KitError
from labserver.kit.stopped import STEP, heed

T = TypeVar("T")
Job = tuple[Callable[[], Any], Future[Any]]


class Worker:
    """A thread that does one thing after the other. It may be needed until Python has ended: so no pool."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._ended = False
        threading.Thread(target=self._work, name="browser", daemon=True).start()

    def _work(self) -> None:
        while job := self._jobs.get():
            work, result = job
            try:
                result.set_result(work())
            except BaseException as error:
                result.set_exception(error)

    def do(self, work: Callable[[], T]) -> T:
        """Do this in the thread and return its value. Raises what it raises; after the end, KitError."""
        if self._ended:
            raise KitError("this browser was stopped")
        result: Future[T] = Future()
        self._jobs.put((work, result))
        while not result.done():
            heed()
            wait([result], STEP)  # in short steps, so that an interrupt is noticed on every system
        return result.result()

    def later(self, work: Callable[[], object]) -> None:
        """Do this in the thread when it comes to it, and wait for nothing; an error is lost."""
        self._jobs.put((work, Future()))

    def end(self) -> None:
        """Let the thread end."""
        self._ended = True
        self._jobs.put(None)
