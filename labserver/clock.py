"""The clock that everything here asks; nothing calls `time.time()` by itself."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from labserver.board import Board


class Clock:
    """Tell the time in seconds since 1970, and never go back.

    What has once expired stays expired, even if somebody sets the machine's clock back.
    """

    def __init__(self) -> None:
        self._latest = 0.0

    def now(self) -> float:
        now = time.time()
        if now < self._latest:
            return self._latest
        self._latest = now
        return now


class LabClock:
    """A clock that can be moved, shared by all workers: hours pass in no time, the same way every time."""

    def __init__(self, board: Board) -> None:
        self._board = board

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


class SupportsNow(Protocol):
    """Anything that tells the time."""

    def now(self) -> float: ...
