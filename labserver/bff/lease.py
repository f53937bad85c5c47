"""The lease: until when one request alone may refresh the tokens of a session.

Its times are real ones, and not of the server's clock. A lesson moves that clock on, and then a lease would
end while its holder is still refreshing; or it holds the clock, and then a lease would never end. A monotonic
clock would not do either: each machine counts its own, and several machines may share the store.

A machine's clock may be set back, and the clocks of two machines may differ. So a lease that ends later than
`LONGEST` from now is not one that counts.
"""

from __future__ import annotations

import time

LEASE = 10.0
"""Seconds that one request has to refresh the tokens, while others of the same session wait for it."""

LONGEST = 2 * LEASE
"""Seconds. As far ahead may a lease end that another machine has given, whose clock is ahead of ours."""


def new_lease() -> float:
    """Return when a lease that begins now ends."""
    return time.time() + LEASE


def is_over(lease: float) -> bool:
    """Tell whether a lease has ended, or is none that this server would give."""
    return not 0 <= lease - time.time() <= LONGEST
