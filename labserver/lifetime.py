"""How a process ends when it should, and what it leaves behind: nothing."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

PREFIX = "labserver-"
STOPPING = [one for one in signal.Signals if one.name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")]


def stop_by_signals() -> None:
    """Let the first signal that asks to stop raise SystemExit(0), so that everything is tidied up; once."""

    def stop(number: int, frame: object) -> NoReturn:
        for each in STOPPING:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(0)

    for each in STOPPING:
        if signal.getsignal(each) != signal.SIG_IGN:  # ignored from the start: nohup
            signal.signal(each, stop)


def stand_apart() -> None:
    """Free a fork from its parent's terminal and handlers: what Ctrl-C means, the parent alone decides."""
    os.setpgrp()
    for each in STOPPING:
        signal.signal(each, signal.SIG_DFL)


def when_stdin_ends(stop: Callable[[], None]) -> None:
    """Call `stop`, in a thread, when standard input closes: whoever started this process is gone, or done."""

    def watch() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        stop()

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Make a folder (mode 0700) and remove it at the end.

    If the main process is killed, its workers remove the folder. If all are killed at once, nobody is left
    to: then the next start does. It knows by the folder's file `owner`, locked while its server lives.
    """
    for owner in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/owner"):
        if is_abandoned(owner):
            remove(owner.parent)
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with lock(home / "owner"):
            yield home
    finally:
        remove(home)


def remove(folder: Path) -> None:
    """Remove a folder in which others may still write, or which they remove too."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.1)


if sys.platform == "win32":

    def lock(owner: Path) -> BinaryIO:
        """Make the file; while it is open, nobody can delete it."""
        return open(owner, "wb")

    def is_abandoned(owner: Path) -> bool:
        """Tell whether the server of this file is gone."""
        try:
            owner.unlink()
        except OSError:
            return False
        return True

else:
    import fcntl

    def lock(owner: Path) -> BinaryIO:
        """Make the file, locked from the moment it can be seen; the lock ends with its holders."""
        new = owner.with_suffix(".new")
        file = open(new, "wb")  # noqa: SIM115 - the caller closes it
        fcntl.flock(file, fcntl.LOCK_EX)
        new.rename(owner)
        return file

    def is_abandoned(owner: Path) -> bool:
        """Tell whether the server of this file is gone; another user's is none of our business."""
        try:
            if owner.lstat().st_uid != os.getuid():
                return False
            with open(owner, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
