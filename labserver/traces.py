"""Where finished traces are kept: every worker maps a file of its own, and writes it round and round.

A database would cost each request more than all the rest of its recording. Here nothing is waited for, not
the disk and no other worker: a trace's id says which file it is in, and where.
"""

from __future__ import annotations

import re
import secrets
import threading
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from labserver.errors import NotFound, StoreUnusable
from labserver.trace import Trace

KEPT_BYTES = 4 * 1024 * 1024
"""About 10,000 traces."""
ROOM = 64 * 1024
"""What the last of a round may take; a longer one is cut, and not found."""


class Traces:
    """The latest traces: kept in this worker's file, found in anybody's."""

    def __init__(self, folder: Path, most: int = KEPT_BYTES) -> None:
        self._folder, self._most = folder, most
        self._worker, self._written = secrets.token_hex(4), 0
        self._lock = threading.Lock()
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
        """Keep a finished trace, and give it the id that finds it."""
        with self._lock:
            done.id = f"{self._worker}{self._written:08x}"
            line = f"{done.written()}\n".encode()[:ROOM]
            at = self._written % self._most
            self._ring[at : at + len(line)] = line
            self._written += len(line)

    def find(self, name: str) -> dict[str, Any]:
        """Give one trace. Raises NotFound if there never was one, or later ones stand in its place."""
        if not re.fullmatch(r"[0-9a-f]{16,24}", name):
            raise NotFound("this is no trace's id")
        try:
            with (
                open(self._folder / name[:8], "rb") as file,
                mmap(file.fileno(), 0, access=ACCESS_READ) as ring,
            ):
                ring.seek(int(name[8:], 16) % self._most)
                found = Trace.read(ring.readline().decode())
        except (OSError, ValueError, SyntaxError, TypeError):
            found = None
        if found is None or found.id != name:
            raise NotFound("no trace has this id, or no longer")
        return found.as_dict()

    def clear(self) -> None:
        """Forget them all, every worker's."""
        for path in self._folder.iterdir():
            with path.open("r+b") as file, mmap(file.fileno(), 0) as ring:
                ring[:] = bytes(len(ring))
