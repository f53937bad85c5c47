"""The clock that everything here asks; nothing calls `time.time()` by itself."""

from __future__ import annotations

import math
import time
from typing import Protocol


class Clock:
    """Tell the time in seconds since 1970, and never go back.

    What has once expired stays expired, even if somebody sets the machine's clock back.
    """

    def __init__(self) -> None:
        self._latest = 0.0

    def now(self) -> float:
        """Return the time; never earlier than before."""
        now = time.time()
        if now < self._latest:
            return self._latest
        self._latest = now
        return now


class SupportsNow(Protocol):
    """Anything that tells the time."""

    def now(self) -> float:
        """Return the time in seconds since 1970."""


def floor_to_ms(now: float) -> float:
    """Round a time down to whole milliseconds: a limit that is computed from it must not come late."""
    return math.floor(now * 1000) / 1000
