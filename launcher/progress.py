"""One moving line that shows how far long work is."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO


class Progress:
    """Shows that long work goes on: one moving line on a terminal, a line now and then in a log."""

    def __init__(self, title: str, out: TextIO | None = None, every: float = 15.0) -> None:
        self.title = title
        self.out = out or sys.stdout
        self.every = every
        self.moving = self.out.isatty()
        self.started = self.last = time.monotonic()
        self.width = 0
        self.failed = False
        """Set by the caller if the work has failed."""

    def __enter__(self) -> Progress:
        self._write(self.title + " ...")
        return self

    def tick(self, detail: str = "") -> None:
        """Say where the work stands; as often as you like, it prints no more than a reader wants."""
        now = time.monotonic()
        if now - self.last < (0.1 if self.moving else self.every):
            return
        self.last = now
        self._write(f"{self.title}: {detail} ({now - self.started:.0f} s)")

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        verdict = "stopped" if kind else "failed" if self.failed else "done"
        self._write(f"{self.title}: {verdict} in {time.monotonic() - self.started:.0f} s")
        if self.moving:
            self.out.write("\n")

    def _write(self, line: str) -> None:
        if self.moving:
            self.out.write("\r" + line[:100].ljust(self.width))
            self.width = len(line[:100])
        else:
            self.out.write(line + "\n")
        self.out.flush()
