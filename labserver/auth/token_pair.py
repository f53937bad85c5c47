"""A short-lived access token together with a refresh token: what `/token/*` issues."""

from __future__ import annotations

from contextlib import suppress

from labserver.auth.credential import Issued, Jwt
from labserver.auth.denylist import Denylist
from labserver.auth.refresh import RefreshFamilies
from labserver.auth.tokens.signer import Tokens
from labserver.auth.users import User, Users
from labserver.errors import AccountChanged, InvalidGrant, InvalidTarget, InvalidToken, UnsupportedTokenType
from labserver.tracing import trace


class TokenPair(Jwt):
    """A JWT whose holder can fetch the next one: its login starts a refresh family, which can be ended."""

    def __init__(
        self, users: Users, tokens: Tokens, denylist: Denylist | None, families: RefreshFamilies
    ) -> None:
        super().__init__(users, tokens, denylist)
        self.families = families

    def issue(self, user: User, before: str | None = None, resource: str | None = None) -> Issued:
        """Issue a pair. With `resource`, its family is good for that service alone.

        Raises InvalidTarget if there is no such service.
        """
        token, access = self._tokens.sign(user.username, user.role, resource)
        refresh_token = self.families.start(access, resource)
        if not self._users.still_valid(user):
            self.families.end(self.families.check(refresh_token))
            raise AccountChanged
        return Issued(token, refresh_token)

    def refresh(self, refresh_token: str, resource: str | None = None) -> Issued:
        """Replace a refresh token by a new pair (RFC 6749 section 6), for the service that `resource` names.

        A login that named none may ask for any service; one that named a service stays with it (RFC 8707
        section 2.2). Raises InvalidGrant if the token is not good, or its user may not log in any more;
        InvalidTarget, and the token is still good, for a service that is out of reach.
        """
        with trace.span("auth"):
            family = self.families.check(refresh_token)
        granted = family.record.data.get("resource")
        if granted is not None and resource not in (None, granted):
            raise InvalidTarget("the login was for another service")
        user = self._users.find(family.username)
        if user is None or user.disabled:
            self.families.end(family)
            raise InvalidGrant("the user is gone or disabled")
        token, access = self._tokens.sign(user.username, user.role, granted if resource is None else resource)
        return Issued(token, self.families.rotate(refresh_token, family, access))

    def revoke(self, token: str) -> None:
        """End what a token of either kind stands for (RFC 7009); an unknown one is ignored.

        Raises UnsupportedTokenType for an access token that nothing here can end: without a denylist, any;
        and always one for another service, which does not ask this server.
        """
        try:
            self.families.end(self.families.check(token))
        except InvalidGrant:
            if self._tokens.opens_another_service(token):
                raise UnsupportedTokenType("another service accepts it") from None
            with suppress(InvalidToken):
                access = self._tokens.check(token)
                if self._denylist is None:
                    raise UnsupportedTokenType("there is no denylist") from None
                self.end(access)
