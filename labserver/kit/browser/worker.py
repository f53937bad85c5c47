"""One thread for the browser: Playwright's plain interface refuses to run where an event loop runs already.

A notebook's kernel is such a place. So every call goes to this thread, and the caller waits.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from labserver.kit.stopped import STEP, heed

T = TypeVar("T")


class Worker:
    """A thread that does one thing after the other."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="browser")

    def do(self, work: Callable[[], T]) -> T:
        """Do this in the thread, and return what it returns. Raises what it raises."""
        job = self._pool.submit(work)
        while not job.done():
            heed()
            wait([job], STEP)  # in short steps, so that an interrupt is noticed on every system
        return job.result()

    def end(self) -> None:
        """Let the thread end."""
        self._pool.shutdown(wait=False)
