"""Runs one step of the set-up, quietly, while one line shows that it goes on."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, Queue
from typing import IO

from launcher.progress import Progress


def at_work(line: str) -> str:
    """Say nothing about a line of output but that there is one."""
    return "at work"


class Counter:
    """Reads pip's output and says how far it is."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.seen = 0
        self.detail = "starting"

    def read(self, line: str) -> str:
        """Take one line of output; return how far it is, in words."""
        if line.startswith("Collecting "):
            self.seen += 1
            name = re.split(r"[=<>\[ ]", line.removeprefix("Collecting "))[0]
            self.detail = f"{self.seen} of about {self.total}, {name}"
        elif line.startswith("Installing collected packages"):
            self.detail = "all there, unpacking"
        return self.detail


def run(
    command: list[str],
    handle: int,
    progress: Progress,
    variables: dict[str, str],
    read: Callable[[str], str] = at_work,
) -> tuple[int, list[str]]:
    """Run a command that inherits the lock `handle`; returns its exit code and its last 200 lines.

    `read` turns each line of output into what the moving line should say.
    """
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=variables,
        encoding="utf-8",
        errors="replace",
        pass_fds=() if sys.platform == "win32" else (handle,),
    )
    lines: Queue[str | None] = Queue()

    def drain(output: IO[str]) -> None:
        with output:
            for line in output:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=drain, args=(child.stdout,), daemon=True).start()
    last: deque[str] = deque(maxlen=200)
    detail = "at work"
    try:
        while True:
            progress.tick(detail)
            try:
                line = lines.get(timeout=0.1)
            except Empty:
                continue
            if line is None:
                code = child.wait()
                progress.failed = code != 0
                return code, list(last)
            last.append(line.rstrip())
            detail = read(line)
    except BaseException:
        child.kill()
        child.wait()
        raise
