"""Refresh tokens that are too much, or for too long."""

from __future__ import annotations

from labserver.auth.refresh import RefreshFamilies, RefreshFamily
from labserver.auth.token_pair import TokenPair
from labserver.auth.tokens.verifier import Access
from labserver.errors import InvalidGrant, InvalidToken
from labserver.formats.digests import digest
from labserver.lab_mode.weaknesses.registry import Weakness


class RefreshAsAccess(TokenPair):
    """A refresh token opens what an access token opens."""

    def check(self, credential: str) -> Access:
        if credential.count(".") != 1:
            return super().check(credential)
        try:
            family = self.families.check(credential)
        except InvalidGrant as error:
            raise InvalidToken(error.reason) from None
        return Access(family.username, "", digest(credential).hex(), family.record.expires)


class ReusableTokens(RefreshFamilies):
    """A used refresh token is good again: all that a family ever had are remembered, and none is used up."""

    def check(self, token: str) -> RefreshFamily:
        key, mine = digest(token.partition(".")[0]), digest(token).hex()
        row = self._store.get("family", key)
        good = {row.data["current"], *row.data.get("earlier", ())} if row else set()
        if row and mine in good:
            again = row._replace(data=row.data | {"current": mine, "earlier": sorted(good)})
            self._store.compare_and_set("family", key, row, again)
        return super().check(token)


WEAKNESSES = (
    Weakness(
        "refresh-as-access",
        "A refresh token opens the API.",
        "refresh_as_access",
        token_pair=RefreshAsAccess,
    ),
    Weakness(
        "no-reuse-detection",
        "A used refresh token is good again.",
        "reuse",
        families=ReusableTokens,
    ),
)
