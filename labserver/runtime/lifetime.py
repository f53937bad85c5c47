"""How a process ends when it should, and what it leaves behind: nothing.

`python -m labserver.runtime.lifetime` keeps one folder for servers that come and go. Its first line on
standard output is `{"folder": "…"}`; when standard input closes, the folder goes.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from labserver.runtime import command

PREFIX = "labserver-home-"
PARENT_SECONDS = 0.5
"""How often a server looks whether the program that started it is still there."""

STOPPING = [one for one in signal.Signals if one.name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")]


asked_to_stop = threading.Event()
"""Set by the first signal that asks to stop. Python drops what a handler raises in the middle of a finalizer,
such as the one that follows each import: so who is about to serve looks here too."""


def stop_by_signals() -> None:
    """Let the first signal that asks to stop raise SystemExit(0), so that everything is tidied up; once."""

    def stop(number: int, frame: object) -> NoReturn:
        for each in STOPPING:
            signal.signal(each, signal.SIG_IGN)
        asked_to_stop.set()
        raise SystemExit(0)

    for each in STOPPING:
        if signal.getsignal(each) != signal.SIG_IGN:  # ignored from the start: nohup
            signal.signal(each, stop)


def stand_apart() -> None:
    """Free a fork from its parent's terminal and handlers: what Ctrl-C means, the parent alone decides."""
    os.setpgrp()
    for each in STOPPING:
        signal.signal(each, signal.SIG_DFL)


def when_parent_ends(stop: Callable[[], None]) -> None:
    """Call `stop` once the program that started this one has ended. Windows does not say so."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_SECONDS)
        stop()

    threading.Thread(target=watch, daemon=True).start()


def when_stdin_ends(stop: Callable[[], None]) -> None:
    """Call `stop`, in a thread, when standard input closes: the starter is gone, or done."""

    def watch() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        stop()

    threading.Thread(target=watch, daemon=True).start()


def new_path() -> Path:
    """Draw the path of a temporary home."""
    return Path(tempfile.gettempdir()) / f"{PREFIX}{secrets.token_hex(8)}"


@contextmanager
def temporary_home(path: Path | None = None) -> Iterator[Path]:
    """Make a folder (mode 0700), at `path` if that is given, and remove it at the end.

    If the main process is killed, its workers remove the folder. If all are killed at once, nobody is left
    to: then the next start does. A folder is locked while its server lives; that lock ends with the server.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), locked(left, at_once=True):
            remove(left)
    with ExitStack() as held:
        yield new_home(held, path)


def new_home(held: ExitStack, path: Path | None = None) -> Path:
    """Make a folder and lock it; again, if another start found it unlocked and removed it."""
    while True:
        home = path or new_path()
        held.callback(remove, home)  # before it is there: a signal may come at any moment
        home.mkdir(mode=0o700)
        with suppress(FileNotFoundError):
            held.enter_context(locked(home))
            if home.exists():
                return home


def remove(folder: Path) -> None:
    """Remove a folder in which others may still write, or which they remove too."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.1)


if sys.platform == "win32":

    @contextmanager
    def locked(folder: Path, *, at_once: bool = False) -> Iterator[None]:
        """Hold a folder by an open file, which nobody else can delete. Raises OSError if another does."""
        owner = folder / "owner"
        if at_once:
            owner.unlink()
            yield
        else:
            with open(owner, "wb"):
                yield

else:
    import fcntl

    @contextmanager
    def locked(folder: Path, *, at_once: bool = False) -> Iterator[None]:
        """Lock a folder; a fork shares the lock. Raises OSError if it is another's, or already locked."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(descriptor).st_uid != os.getuid():
                raise PermissionError(f"{folder} is another user's")
            fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if at_once else 0))
            yield
        finally:
            os.close(descriptor)


def main() -> int:
    """Keep a folder until standard input closes, or a signal asks to stop."""
    stop_by_signals()
    over = threading.Event()
    with temporary_home() as folder:
        print(json.dumps({"folder": str(folder)}), flush=True)
        when_stdin_ends(over.set)
        over.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(command.run(main))
