"""A short-lived access token together with a refresh token: what `/token/*` hands out."""

from __future__ import annotations

from labserver.auth.credential import Issued, Jwt
from labserver.auth.denylist import Denylist
from labserver.auth.refresh import RefreshFamilies
from labserver.auth.tokens.signer import Tokens
from labserver.auth.users import User, Users
from labserver.errors import AccountChanged, InvalidGrant, InvalidToken
from labserver.tracing import trace


class TokenPair(Jwt):
    """A JWT whose holder can fetch the next one: its login starts a refresh family, which can be ended."""

    def __init__(
        self, users: Users, tokens: Tokens, denylist: Denylist | None, families: RefreshFamilies
    ) -> None:
        super().__init__(users, tokens, denylist)
        self.families = families

    def issue(self, user: User, before: str | None = None) -> Issued:
        token, access = self._tokens.sign(user.username, user.role)
        refresh_token = self.families.start(access)
        if not self._users.still_valid(user):
            self.families.end(self.families.check(refresh_token))
            raise AccountChanged
        return Issued(token, refresh_token)

    def refresh(self, refresh_token: str) -> Issued:
        """Replace a refresh token by a new pair (RFC 6749 section 6).

        Raises InvalidGrant if the token is not good, or its user may not log in any more.
        """
        with trace.span("auth"):
            family = self.families.check(refresh_token)
        user = self._users.find(family.username)
        if user is None or user.disabled:
            self.families.end(family)
            raise InvalidGrant("the user is gone or disabled")
        token, access = self._tokens.sign(user.username, user.role)
        return Issued(token, self.families.rotate(refresh_token, family, access))

    def revoke(self, token: str) -> None:
        """End what a token of either kind stands for (RFC 7009); an unknown one is ignored."""
        try:
            self.families.end(self.families.check(token))
        except InvalidGrant:
            try:
                self.end(self._tokens.check(token))
            except InvalidToken:
                return
