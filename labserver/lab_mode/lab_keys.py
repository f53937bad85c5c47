"""Who may use the control API: the program that started the server, and one page.

The starter knows the lab key, which opens everything. The stage, a page in a browser, gets a lesser key: it
sees what the server did and holds, moves the clock, and restarts the server. It gets this key for a ticket,
which the starter puts into the link (`lab.open()`). A ticket is good once, so a link that is left in a
notebook or in the browser's history opens nothing.
"""

from __future__ import annotations

import hmac

from flask import request

from labserver.errors import ControlLocked
from labserver.formats.base64url import b64encode
from labserver.lab_mode.shared_state import SharedState
from labserver.storage.database import Database
from labserver.web.routes.pages import TILE_HEADER


class LabKeys:
    """The keys of one server, the same in all its workers: all follow from the lab key."""

    def __init__(
        self, lab_key: str, shared: SharedState, accounts: Database, tile_key: str | None = None
    ) -> None:
        self._lab_key, self._shared, self._tile_key = lab_key, shared, tile_key
        self._one_at_a_time = accounts.transaction
        """A lock that all workers share."""
        self.stage_key = self._derive("stage")

    def check_starter(self) -> str:
        """Let the starter in. Raises ControlLocked."""
        return self._check(self._lab_key)

    def check_stage(self) -> str:
        """Let the stage in, and the starter. Raises ControlLocked."""
        return self._check(self._lab_key, self.stage_key)

    def ticket(self) -> str:
        """Make a ticket; the one before is good no more."""
        with self._one_at_a_time():
            self._shared.tickets += 1
            return self._derive(f"ticket {self._shared.tickets}")

    def redeem(self, ticket: str) -> str:
        """Exchange the latest ticket for the stage's key, once. Raises ControlLocked.

        A request that came by JupyterLab's tile has passed Jupyter's login, and needs no ticket.
        """
        if self._tile_key and hmac.compare_digest(
            request.headers.get(TILE_HEADER, "").encode(), self._tile_key.encode()
        ):
            return self.stage_key
        with self._one_at_a_time():
            good = self._derive(f"ticket {self._shared.tickets}")
            if not hmac.compare_digest(ticket.encode("utf-8", "replace"), good.encode()):
                raise ControlLocked("the ticket was used, or a later one was made")
            self._shared.tickets += 1
        return self.stage_key

    def _check(self, *keys: str) -> str:
        sent = request.headers.get("X-Lab-Key", "").encode()
        if not any([hmac.compare_digest(sent, key.encode()) for key in keys]):
            raise ControlLocked("the lab key is missing or wrong")
        return keys[0]

    def _derive(self, purpose: str) -> str:
        return b64encode(hmac.digest(self._lab_key.encode(), purpose.encode(), "sha256"))
