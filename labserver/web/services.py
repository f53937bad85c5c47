"""What the routes may use. `labserver.app` puts it together."""

from __future__ import annotations

from dataclasses import dataclass

from labserver.auth.credential import Jwt, Opaque
from labserver.auth.sessions import Sessions
from labserver.auth.token_pair import TokenPair
from labserver.auth.tokens.keys import KeyRing
from labserver.auth.users import Users
from labserver.settings import Settings
from labserver.storage.base import Store
from labserver.storage.clock import SupportsNow
from labserver.storage.database import Database
from labserver.web.carriers import Bearer, Cookie


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one server: users, credentials, carriers, and what they stand on."""

    settings: Settings
    clock: SupportsNow
    accounts: Database
    store: Store
    users: Users
    ring: KeyRing
    sessions: Sessions
    opaque: Opaque
    jwt: Jwt
    token_pair: TokenPair
    cookie: Cookie
    grid_cookie: Cookie
    bff_cookie: Cookie
    bearer: Bearer

    def end_all(self, username: str) -> None:
        """End all of a user's sessions and refresh families."""
        self.sessions.end_all(username)
        self.token_pair.families.end_all(username)
