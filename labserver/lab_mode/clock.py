"""The clock of a lab: it can be moved and held, and all workers share it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labserver.lab_mode.shared_state import SharedState


class LabClock:
    """A clock that can be moved, shared by all workers: hours pass in no time, the same way every time."""

    def __init__(self, shared: SharedState) -> None:
        self._board = shared

    def now(self) -> float:
        if self._board.held:
            return self._board.held
        now = time.time() + self._board.offset
        if now <= self._board.latest:
            return self._board.latest
        self._board.latest = now
        return now

    def advance(self, seconds: float) -> float:
        """Move on by `seconds` from the time that is shown, and give how far it really moved.

        A negative number moves nothing: the clock stands still until time has caught up.
        """
        before = self.now()
        # The machine's clock may have been set back since; then the time that is shown waits for it.
        behind = self._board.latest - (time.time() + self._board.offset)
        self._board.offset += seconds + max(behind, 0.0)
        if self._board.held:
            self._board.held = self._board.latest = max(before, before + seconds)
        return self.now() - before

    def hold(self) -> None:
        """Stop the clock at the next whole second: the last one before a limit lasts as long as one likes."""
        self._board.held = self._board.latest = float(math.ceil(self.now()))

    def run(self) -> None:
        """Let a held clock run on, from where it stands."""
        if self._board.held:
            self._board.offset = self._board.held - time.time()
            self._board.held = 0.0

    def reset(self) -> None:
        """Show the wall clock's time again; only for a server whose credentials are all gone."""
        self._board.offset = self._board.latest = self._board.held = 0.0
