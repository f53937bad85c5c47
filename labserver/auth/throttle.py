"""The throttle: repeated failed logins have to wait (OWASP ASVS 5.0, 6.1.1 and 6.3.1).

Waits that grow are among the ways that NIST SP 800-63B-4, section 3.2.2, lists so that an attacker cannot
lock the user out: a wait ends by itself, and no account is disabled.
"""

from __future__ import annotations

import hashlib

from labserver.errors import TooManyTries
from labserver.storage.clock import SupportsNow
from labserver.storage.database import Database


class Throttle:
    """Slow down guessing at one name: ten tries are free, then each costs a wait that doubles.

    A try is counted before the password is checked, so that many at once get no more guesses than one by one.
    Names are counted, not addresses: those can be forged in a header, or shared by a whole class.
    """

    FREE = 10
    """Tries before the first wait."""

    FIRST_WAIT, LONGEST_WAIT = 30, 15 * 60
    """Seconds. Each wait is twice as long as the one before."""

    FORGET = 15 * 60
    """Seconds without a try, and without a wait, after which a name's tries are forgotten."""

    MOST_COUNTED = 100
    """The wait is long past its longest there, and no float too small for it."""

    def __init__(self, database: Database, clock: SupportsNow) -> None:
        self._database, self._clock = database, clock

    def count(self, username: str) -> None:
        """Count a try, or raise TooManyTries with the seconds to wait."""
        name, now = self._name(username), self._clock.now()
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM tries WHERE max(latest, until) < ?", (now - self.FORGET,))
            row = connection.execute(
                "SELECT CAST(count AS INT), CAST(until AS REAL) FROM tries WHERE name = ?", (name,)
            ).fetchone()
            tried, until = row or (0, 0.0)
            tried = max(0, min(tried, self.MOST_COUNTED))
            if until > now:
                wait = min(until - now, self.LONGEST_WAIT)
                raise TooManyTries(f"{tried} failed tries", retry_after=int(wait) + 1)
            wait = self.FIRST_WAIT * 2.0 ** (tried + 1 - self.FREE)
            # A free try leaves no time behind: to a try that looked at the clock just before, it would be
            # in the future.
            until = now + min(wait, self.LONGEST_WAIT) if tried + 1 >= self.FREE else 0.0
            connection.execute(
                "INSERT OR REPLACE INTO tries VALUES (?, ?, ?, ?)", (name, tried + 1, now, until)
            )

    def clear(self, username: str) -> None:
        """Forget the tries of somebody who got in."""
        self._database.change("DELETE FROM tries WHERE name = ?", (self._name(username),))

    @staticmethod
    def _name(username: str) -> bytes:
        return hashlib.sha256(username.encode("utf-8", "surrogatepass")).digest()
