"""The tokens behind a browser's session: sealed in its row, added to requests, renewed, and ended."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

from labserver.auth.sessions import Session, Sessions
from labserver.bff.api import call
from labserver.bff.sealing import Pair, seal, unseal
from labserver.errors import InvalidGrant, InvalidToken, NoSession

LEASE = 10.0
"""Seconds that one request has to refresh the tokens, while others of the same session wait for it."""

LOOK_SECONDS = 0.02
"""How often those that wait look whether the new tokens are there."""


class HeldTokens:
    """What the backend does with the tokens that it holds for browsers."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def keep(self, session: Session, pair: Pair) -> None:
        """Put a pair into the session's row. Raises NoSession if the session ended meanwhile."""
        sealed = seal(session.id, pair)
        self._sessions.remember(session, lambda row: {"sealed": sealed, "lease": 0.0})

    def pair(self, session: Session) -> Pair:
        """Return the pair as it was when the session was read. Raises NoSession if it has none."""
        return unseal(session.id, _sealed(session))

    def ask(self, session: Session, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the API for this session's user. If the access token has expired, refresh it and ask again."""
        try:
            return call(method, path, body, self.pair(session))
        except InvalidToken:
            return call(method, path, body, unseal(session.id, self._renewed(session, _sealed(session))))

    def end(self, session: Session) -> None:
        """End the refresh family of this session. Raises NoSession if it has none."""
        call("POST", "/token/logout", {"refresh_token": self.pair(session)["refresh_token"]})

    def _renewed(self, session: Session, old: str) -> str:
        """Replace the tokens in the row by new ones, and return them, sealed.

        A refresh token is good once. So of several requests one gets a lease; the others look until the new
        tokens are there, and write nothing.
        """
        while (row := self._sessions.check(session.id).data)["sealed"] == old:
            if _is_free(row, old) and self._gets_lease(session, old):
                return self._refresh(session, old)
            time.sleep(LOOK_SECONDS)
        return str(row["sealed"])

    def _gets_lease(self, session: Session, old: str) -> bool:
        """Ask for the lease; of several requests at once, one gets it."""
        mine = 0.0

        def claim(row: dict[str, Any]) -> dict[str, Any]:
            nonlocal mine
            if not _is_free(row, old):
                return {}
            mine = time.time() + LEASE + secrets.randbelow(1000) / 1000  # from now on, however long it waited
            return {"lease": mine}

        return bool(self._sessions.remember(session, claim).get("lease") == mine)

    def _refresh(self, session: Session, old: str) -> str:
        """Fetch a new pair and store it. Raises NoSession, and ends the session, if there is none to get."""
        refresh_token = unseal(session.id, old)["refresh_token"]
        try:
            new = seal(session.id, call("POST", "/token/refresh", {"refresh_token": refresh_token}))
        except InvalidGrant as error:
            self._sessions.end(session.id)
            raise NoSession(f"its tokens are not renewed any more: {error.reason}") from None
        self._sessions.remember(session, lambda row: {"sealed": new, "lease": 0.0})
        return new


def _sealed(session: Session) -> str:
    return str(session.data.get("sealed", ""))


def _is_free(row: dict[str, Any], old: str) -> bool:
    """Tell whether these tokens are still to be renewed, and nobody is about to."""
    return bool(row["sealed"] == old and row.get("lease", 0.0) < time.time())
