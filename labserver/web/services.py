"""The server's parts, put together from the settings: what views ask for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from labserver.auth import users
from labserver.auth.denylist import Denylist
from labserver.auth.refresh import RefreshFamilies
from labserver.auth.sessions import Sessions
from labserver.auth.tokens import keys
from labserver.auth.tokens.algorithms import ALGORITHMS
from labserver.auth.tokens.keys import KeyRing
from labserver.auth.tokens.signer import Tokens
from labserver.auth.tokens.verifier import Access
from labserver.auth.users import User, Users
from labserver.errors import InvalidCredentials, InvalidToken, SettingsError, StoreDown
from labserver.lab_mode.clock import LabClock
from labserver.lab_mode.faults import FaultyStore
from labserver.lab_mode.shared_state import SharedState
from labserver.lab_mode.weaknesses import NONE, WEAKNESSES, RefreshAsAccess, Weakness
from labserver.settings import Settings
from labserver.storage.base import Store
from labserver.storage.clock import Clock
from labserver.storage.database import Database
from labserver.storage.registry import open_store
from labserver.storage.rows import CheckedStore
from labserver.storage.traced import TracedStore
from labserver.web.carriers import Cookie


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a view may use. `board` and the lab clock exist in lab mode only."""

    settings: Settings
    accounts: Database
    shared: SharedState | None
    clock: Clock | LabClock
    store: Store
    users: Users
    ring: KeyRing
    sessions: Sessions
    tokens: Tokens
    families: RefreshFamilies
    denylist: Denylist | None
    cookie: Callable[[str], Cookie]

    def check_token(self, credential: str) -> Access:
        """Check an access token, and the denylist if there is one. Raises InvalidToken."""
        access = self.tokens.check(credential)
        if self.denylist is not None:
            self.denylist.check(access)
        return access

    def open_session(self, user: User, before: str | None) -> str:
        """Log a checked user in: a new session id, and the one the client came with is dead.

        Raises InvalidCredentials if the account changed while the password was being checked.
        """
        session_id = self.sessions.open(user.username, before)
        if not self.users.still_valid(user):
            self.sessions.end(session_id)
            raise InvalidCredentials("the account changed while the password was being checked")
        return session_id

    def open_family(self, user: User) -> dict[str, Any]:
        """The same by token: give the first pair of a new family."""
        pair = self.token_pair(user)
        if not self.users.still_valid(user):
            self.families.end(self.families.check(pair["refresh_token"]))
            raise InvalidCredentials("the account changed while the password was being checked")
        return pair

    def token_pair(self, user: User) -> dict[str, Any]:
        """Begin a refresh family and give its first pair of tokens."""
        token, access = self.tokens.sign(user.username, user.role)
        return self.pair(token, self.families.start(access))

    def pair(self, access_token: str, refresh_token: str) -> dict[str, Any]:
        """Write the answer that hands over two tokens (RFC 6749 section 5.1)."""
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self.tokens.lifetime,
            "refresh_token": refresh_token,
        }

    def revoke_access(self, token: str) -> None:
        """Put an access token on the denylist, if there is one; anything else is ignored (RFC 7009)."""
        try:
            access = self.tokens.check(token)
        except InvalidToken:
            return
        if self.denylist is not None:
            self.denylist.add(access.username, access.jti, access.expires)

    def end_everything(self, username: str) -> None:
        """End all of a user's sessions and refresh families."""
        self.sessions.end_all(username)
        self.families.end_all(username)


def assemble(settings: Settings) -> Services:
    """Open the databases and build the parts. Raises SettingsError or StoreUnusable."""
    weak = _weakness(settings)
    weak.before()
    algorithm = weak.algorithm or settings.algorithm
    if algorithm not in ALGORITHMS:
        raise SettingsError(f"There is no algorithm {algorithm!r}: use {', '.join(ALGORITHMS)}.")
    if not 0 < settings.access_lifetime <= settings.access_max_life:
        raise SettingsError(
            f"An access token is good for 1 to {settings.access_max_life} seconds (access_max_life), "
            f"not {settings.access_lifetime}: this server would refuse its own."
        )
    shared = SharedState.at(settings.home / "board") if settings.lab_key else None
    clock = LabClock(shared) if shared else Clock()
    accounts = Database(settings.home / "accounts.db", users.SCHEMA + keys.SCHEMA)
    try:
        store = open_store(settings.store, settings.home)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    store = TracedStore(CheckedStore(FaultyStore(store, shared))) if shared else CheckedStore(store)
    denylist = Denylist(store, clock) if settings.denylist else None
    idle, absolute, last_used_interval = (
        settings.session_idle,
        settings.session_absolute,
        settings.last_used_interval,
    )
    claims: dict[str, Any] = {
        "issuer": settings.issuer,
        "audience": settings.audience,
        "lifetime": settings.access_lifetime,
        "max_life": settings.access_max_life,
    }
    ring = weak.ring(accounts, algorithm, (lambda: shared.keys) if shared else lambda: 0)
    tokens = weak.tokens(ring, clock, **claims)
    families = weak.families(store, clock, lifetime=settings.refresh_lifetime, denylist=denylist)
    if isinstance(tokens, RefreshAsAccess):
        tokens.families = families
    return Services(
        settings=settings,
        accounts=accounts,
        shared=shared,
        clock=clock,
        store=store,
        users=Users(accounts, clock),
        ring=ring,
        sessions=weak.sessions(
            store, clock, idle=idle, absolute=absolute, last_used_interval=last_used_interval
        ),
        tokens=tokens,
        families=families,
        denylist=denylist,
        cookie=partial(weak.cookie, tls=settings.tls),
    )


def _weakness(settings: Settings) -> Weakness:
    """Find the weakness that the settings name. Raises SettingsError if unknown, or out of lab mode."""
    if settings.weak is None:
        return NONE
    if settings.lab_key is None:
        raise SettingsError("A weakness is for lessons: it needs --lab.")
    if settings.weak not in WEAKNESSES:
        raise SettingsError(f"There is no weakness {settings.weak!r}: there are {', '.join(WEAKNESSES)}.")
    return WEAKNESSES[settings.weak]


def keep_tidy(services: Services, every: float = 600) -> None:
    """Forget expired rows now and then, beside the requests, so that none pays for it."""

    def tidy() -> None:
        pause = threading.Event()
        while not pause.wait(every):
            with suppress(StoreDown):  # then the next time
                services.store.purge_expired(services.clock.now())

    threading.Thread(target=tidy, name="tidy", daemon=True).start()
