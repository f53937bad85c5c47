"""What a credential is: an id that means nothing until it is looked up, or a token that says all by itself.

Read the two side by side: `Opaque` issues, checks and ends in the store; `Jwt` issues and checks without it,
and so has nothing to end.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeVar

from labserver.auth.denylist import Denylist
from labserver.auth.sessions import Session, Sessions
from labserver.auth.tokens.signer import Tokens
from labserver.auth.tokens.verifier import Access
from labserver.auth.users import User, Users
from labserver.errors import AccountChanged


class Issued(NamedTuple):
    """A new credential, as the client gets it."""

    credential: str
    refresh_token: str | None = None


Held = TypeVar("Held", Session, Access)
"""Whom a checked credential is for, and until when. A session's `role` is None: it has to be looked up."""


class Credential(Protocol[Held]):
    """One kind of credential. It is good for `lifetime` seconds, or, if use renews it, for `longest`."""

    name: str
    lifetime: int
    longest: int

    def issue(self, user: User, before: str | None = None) -> Issued:
        """Make a credential for a user whose password was checked; `before` is the one the client came with.

        Raises AccountChanged if the user may not log in any more.
        """

    def check(self, credential: str) -> Held:
        """Find out whom it is for. Raises NoSession or InvalidToken."""

    def end(self, holder: Held) -> None:
        """Make it worthless, as far as the server can."""


class Opaque:
    """A random id, which means nothing by itself: the server remembers."""

    name = "opaque"

    def __init__(self, users: Users, sessions: Sessions) -> None:
        self._users, self._sessions = users, sessions
        self.lifetime, self.longest = sessions.idle, sessions.absolute

    def issue(self, user: User, before: str | None = None) -> Issued:
        session_id = self._sessions.open(user.username, before)
        if not self._users.still_valid(user):
            self._sessions.end(session_id)
            raise AccountChanged
        return Issued(session_id)

    def check(self, credential: str) -> Session:
        return self._sessions.check(credential)

    def end(self, holder: Session) -> None:
        self._sessions.end(holder.id)


class Jwt:
    """A signed token, which says all by itself: the server remembers nothing, unless there is a denylist."""

    name = "jwt"

    def __init__(self, users: Users, tokens: Tokens, denylist: Denylist | None) -> None:
        self._users, self._tokens, self._denylist = users, tokens, denylist
        self.lifetime = self.longest = tokens.lifetime

    def issue(self, user: User, before: str | None = None) -> Issued:
        token, _ = self._tokens.sign(user.username, user.role)
        if not self._users.still_valid(user):
            raise AccountChanged
        return Issued(token)

    def check(self, credential: str) -> Access:
        access = self._tokens.check(credential)
        if self._denylist is not None:
            self._denylist.check(access)
        return access

    def end(self, holder: Access) -> None:
        if self._denylist is not None:
            self._denylist.add(holder.username, holder.jti, holder.expires)
