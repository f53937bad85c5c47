"""The clock of a lab: it can be moved and held, and all workers share it."""

from __future__ import annotations

import math
import time

from labserver.lab_mode.shared_state import SharedState


class LabClock:
    """A clock that can be moved and is shared by all workers. Times are in seconds since 1970."""

    def __init__(self, shared: SharedState) -> None:
        self._shared = shared

    def now(self) -> float:
        """Return the time that is shown: never an earlier one than before."""
        if self._shared.held:
            return self._shared.held
        now = time.time() + self._shared.offset
        if now <= self._shared.latest:
            return self._shared.latest
        self._shared.latest = now
        return now

    def advance(self, seconds: float) -> float:
        """Move on by `seconds` from the time that is shown, and return how far it really moved.

        A negative number moves nothing: the clock stands still until time has caught up.
        """
        before = self.now()
        # The machine's clock may have been set back since; then the time that is shown waits for it.
        behind = self._shared.latest - (time.time() + self._shared.offset)
        self._shared.offset += seconds + max(behind, 0.0)
        if self._shared.held:
            self._shared.held = self._shared.latest = max(before, before + seconds)
        return self.now() - before

    def hold(self) -> None:
        """Stop the clock at the next whole second: the last one before a limit lasts as long as needed."""
        self._shared.held = self._shared.latest = float(math.ceil(self.now()))

    def run(self) -> None:
        """Let a held clock run on, from where it stands."""
        if self._shared.held:
            self._shared.offset = self._shared.held - time.time()
            self._shared.held = 0.0

    def reset(self) -> None:
        """Show the wall clock's time again; only for a server whose credentials are all gone."""
        self._shared.offset = self._shared.latest = self._shared.held = 0.0
