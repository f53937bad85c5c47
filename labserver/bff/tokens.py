"""The tokens behind a browser's session: sealed in its row, added to requests, renewed, and ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from labserver.auth.sessions import Session, Sessions
from labserver.bff.api import call
from labserver.bff.lease import is_over, new_lease
from labserver.bff.sealing import Pair, seal, unseal
from labserver.errors import InvalidGrant, InvalidToken, NoSession

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
        return unseal(session.id, _sealed(session.data))

    def ask(self, session: Session, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the API for this session's user. If the access token has expired, refresh it and ask again."""
        try:
            return call(method, path, body, self.pair(session))
        except InvalidToken:
            renewed = self._renewed(session, _sealed(session.data))
            return call(method, path, body, unseal(session.id, renewed))

    def end(self, session: Session) -> None:
        """End the refresh family of this session. Raises NoSession if it has none."""
        call("POST", "/token/logout", {"refresh_token": self.pair(session)["refresh_token"]})

    def _renewed(self, session: Session, old: str) -> str:
        """Replace the tokens in the row by new ones, and return them, sealed.

        A refresh token is good once. So of several requests one gets a lease; the others look until the new
        tokens are there, and write nothing.
        """
        while _sealed(row := self._sessions.check(session.id).data) == old:
            if _is_free(row, old) and self._gets_lease(session, old):
                return self._refresh(session, old)
            time.sleep(LOOK_SECONDS)
        return _sealed(row)

    def _gets_lease(self, session: Session, old: str) -> bool:
        """Ask for the lease; of several requests at once, one gets it."""
        mine = None

        def claim(row: dict[str, Any]) -> dict[str, Any]:
            nonlocal mine
            mine = new_lease() if _is_free(row, old) else None  # from now on, however long it waited
            return {} if mine is None else {"lease": mine}

        self._sessions.remember(session, claim)
        return mine is not None

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


def _sealed(row: Mapping[str, Any]) -> str:
    return str(row.get("sealed", ""))


def _is_free(row: Mapping[str, Any], old: str) -> bool:
    """Tell whether these tokens are still to be renewed, and nobody is about to."""
    return _sealed(row) == old and is_over(row.get("lease", 0.0))
