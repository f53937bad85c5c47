"""Where finished traces are kept: by a worker that is alone in its memory, by several in files.

A trace is kept by each request and asked for by few, so keeping must cost next to nothing. A database would
cost a request more than all the rest of its recording.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from itertools import count
from mmap import ACCESS_READ, mmap
from pathlib import Path

from labserver.errors import NotFound, StoreUnusable
from labserver.tracing.report import TraceReport, report_on
from labserver.tracing.trace import Trace

KEPT = 10_000
KEPT_BYTES = 4 * 1024 * 1024
"""About as many."""
ROOM = 64 * 1024
"""What the last of a round may take; a longer one is cut, and not found."""


class Traces:
    """The latest traces, as they are. Other workers do not see them."""

    def __init__(self, most: int = KEPT) -> None:
        self._worker, self._process, self._numbers = secrets.token_hex(4), os.getpid(), count()
        self._kept: list[Trace | None] = [None] * most

    def keep(self, done: Trace) -> None:
        """Keep a finished trace, and give it the id that finds it."""
        number = next(self._numbers)
        done.id, done.worker = f"{self._worker}{number:08x}", self._process
        self._kept[number % len(self._kept)] = done

    def find(self, name: str) -> TraceReport:
        """Give one trace. Raises NotFound if there never was one, or later ones stand in its place."""
        if not re.fullmatch(r"[0-9a-f]{16,24}", name):
            raise NotFound("this is no trace's id")
        found = self._look_up(name[:8], int(name[8:], 16))
        if found is None or found.id != name:
            raise NotFound("no trace has this id, or no longer")
        return report_on(found)

    def clear(self) -> None:
        """Forget them all, every worker's."""
        self._kept[:] = [None] * len(self._kept)

    def _look_up(self, worker: str, number: int) -> Trace | None:
        """Give what stands where this one was put. That may be another one."""
        return self._kept[number % len(self._kept)]


class SharedTraces(Traces):
    """The latest traces of all workers. Each maps a file of its own, and writes it round and round.

    Nothing is waited for, not the disk and no other worker: a trace's id says which file it is in, and where.
    """

    def __init__(self, folder: Path, most: int = KEPT_BYTES) -> None:
        super().__init__(most=0)  # none in memory
        self._folder, self._most = folder, most
        self._written, self._lock = 0, threading.Lock()
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / self._worker).touch(0o600)
            with (folder / self._worker).open("r+b") as file:
                file.write(bytes(most + ROOM))  # all of it: a full disk must be noticed now
                file.flush()
                self._ring = mmap(file.fileno(), most + ROOM)
        except OSError as error:
            raise StoreUnusable(f"The folder {folder} cannot be written: {error.strerror}.") from error

    def keep(self, done: Trace) -> None:
        with self._lock:
            done.id, done.worker = f"{self._worker}{self._written:08x}", self._process
            line = f"{done.written()}\n".encode()[:ROOM]
            at = self._written % self._most
            self._ring[at : at + len(line)] = line
            self._written += len(line)

    def clear(self) -> None:
        for path in self._folder.iterdir():
            with path.open("r+b") as file, mmap(file.fileno(), 0) as ring:
                ring[:] = bytes(len(ring))

    def _look_up(self, worker: str, number: int) -> Trace | None:
        try:
            with (
                open(self._folder / worker, "rb") as file,
                mmap(file.fileno(), 0, access=ACCESS_READ) as ring,
            ):
                ring.seek(number % self._most)
                return Trace.read(ring.readline().decode())
        except (OSError, ValueError, SyntaxError, TypeError):
            return None
