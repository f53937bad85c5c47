"""Where finished traces are kept: every worker has a file of its own, and writes it round and round.

A database would cost each request more than all the rest of its recording. Here it is one write, for which
nothing waits, neither the disk nor another worker: a trace's id says which file it is in, and where.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from pathlib import Path
from typing import Any

from labserver.errors import NotFound, StoreDown, StoreUnusable
from labserver.trace import Trace

KEPT_BYTES = 8 * 1024 * 1024
"""About 10,000 traces."""


class Traces:
    """The latest traces: kept in this worker's file, found in anybody's."""

    def __init__(self, folder: Path, most: int = KEPT_BYTES) -> None:
        self._folder, self._most = folder, most
        self._worker, self._written = secrets.token_hex(4), 0
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            self._file = os.open(folder / self._worker, os.O_WRONLY | os.O_CREAT | _BINARY, 0o600)
        except OSError as error:
            raise StoreUnusable(f"The folder {folder} cannot be written: {error.strerror}.") from error

    def keep(self, done: Trace) -> None:
        """Keep a finished trace, and give it the id that finds it. Raises StoreDown if the disk is full."""
        with self._lock:
            done.id = f"{self._worker}{self._written:08x}"
            line = json.dumps(done.as_dict()).encode() + b"\n"
            try:
                os.lseek(self._file, self._written % self._most, os.SEEK_SET)
                os.write(self._file, line)
            except OSError as error:
                raise StoreDown(f"the trace cannot be kept: {error}") from error
            self._written += len(line)

    def find(self, name: str) -> dict[str, Any]:
        """Give one trace. Raises NotFound if there never was one, or later ones stand in its place."""
        if not re.fullmatch(r"[0-9a-f]{16,24}", name):
            raise NotFound("this is no trace's id")
        try:
            with open(self._folder / name[:8], "rb") as file:
                file.seek(int(name[8:], 16) % self._most)
                found: Any = json.loads(file.readline())
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict) or found.get("id") != name:
            raise NotFound("no trace has this id, or no longer")
        return found

    def clear(self) -> None:
        """Forget them all, every worker's."""
        for file in self._folder.iterdir():
            os.truncate(file, 0)


_BINARY = getattr(os, "O_BINARY", 0)  # or Windows writes two bytes for each end of line
