"""Where finished traces are kept: in memory by a single worker, in mapped files by several.

Every request keeps a trace and few are ever read, so keeping one must cost next to nothing. A database would
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
from labserver.formats.reports import TraceReport
from labserver.tracing.report import report_on
from labserver.tracing.trace import Trace

KEPT = 10_000
KEPT_BYTES = 4 * 1024 * 1024
"""Bytes of each worker's file: about as many traces."""
ROOM = 64 * 1024
"""Bytes that the last trace of a round may take; a longer one is cut, and not found."""


class Traces:
    """The latest traces of this worker, in its memory."""

    def __init__(self, most: int = KEPT) -> None:
        self._worker, self._process, self._numbers = secrets.token_hex(4), os.getpid(), count()
        self._kept: list[Trace | None] = [None] * most

    def keep(self, done: Trace) -> None:
        """Keep a finished trace, and set the id under which it is found."""
        number = next(self._numbers)
        done.id, done.worker = f"{self._worker}{number:08x}", self._process
        self._kept[number % len(self._kept)] = done

    def find(self, name: str) -> TraceReport:
        """Return the report on one trace. Raises NotFound if there is none with this id, or no longer."""
        if not re.fullmatch(r"[0-9a-f]{16,24}", name):
            raise NotFound("this is no trace's id")
        found = self._look_up(name[:8], int(name[8:], 16))
        if found is None or found.id != name:
            raise NotFound("no trace has this id, or no longer")
        return report_on(found)

    def clear(self) -> None:
        """Delete all traces, of all workers."""
        self._kept[:] = [None] * len(self._kept)

    def _look_up(self, worker: str, number: int) -> Trace | None:
        """Return what is stored where this trace was put. That may be a later one."""
        return self._kept[number % len(self._kept)]


class SharedTraces(Traces):
    """The latest traces of all workers. Each worker maps a file of its own and uses it as a ring buffer.

    Nothing waits for the disk or for another worker: a trace's id says which file it is in, and where.
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
