"""One at a time: a lock on a file, which the system itself releases when its holder dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labserver.runtime.file_lock import try_lock
from launcher.progress import Progress


@contextmanager
def file_lock(path: Path) -> Iterator[int]:
    """Wait until no other run holds `path`; returns the open handle.

    A child that inherits the handle holds the lock too (not on Windows): an installer that outlives a killed
    run.py keeps the next one waiting rather than let two of them write the same files.
    """
    with path.open("a+b") as file:
        handle = file.fileno()
        if not try_lock(handle):
            with Progress("Another run.py is setting up; waiting for it") as progress:
                while not try_lock(handle):
                    time.sleep(0.2)
                    progress.tick("still at work")
        yield handle
