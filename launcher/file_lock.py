"""One at a time: a lock on a file, which the system itself releases when its holder dies."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.progress import Progress

if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def file_lock(path: Path) -> Iterator[int]:
    """Wait until no other run holds `path`; returns the open handle.

    A child that inherits the handle holds the lock too (not on Windows): an installer that outlives a killed
    run.py keeps the next one waiting rather than let two of them write the same files.
    """
    with path.open("a+b") as file:
        handle = file.fileno()
        if not _try(handle):
            with Progress("Another run.py is setting up; waiting for it") as progress:
                while not _try(handle):
                    time.sleep(0.2)
                    progress.tick("still at work")
        yield handle
