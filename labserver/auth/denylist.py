"""The denylist: access tokens that were revoked before they expired.

A revoked token must not be usable again (RFC 7009 section 2.1). If only its signature were checked, it would
be until it expires. So each check also asks this list, the "backend interaction" of RFC 7009 section 3.
"""

from __future__ import annotations

from labserver.auth.tokens.verifier import Access
from labserver.errors import InvalidToken, RowUnreadable
from labserver.formats.digests import digest
from labserver.storage.base import Record, Store
from labserver.storage.clock import SupportsNow


class Denylist:
    """The ids (`jti`) of access tokens that were revoked before they expired.

    By id, never by the token's bytes: an ES256 signature can be re-encoded into another that is just as good.
    """

    def __init__(self, store: Store, clock: SupportsNow) -> None:
        self._store, self._clock = store, clock

    def add(self, username: str, jti: str, expires: float) -> None:
        """Refuse this token from now on; once it has expired, the row can be forgotten."""
        if expires > self._clock.now():
            self._store.put("denied", digest(jti), Record(username, expires, {}))

    def check(self, access: Access) -> None:
        """Raise InvalidToken if the token was revoked: one store read, on every request."""
        try:
            denied = self._store.get("denied", digest(access.jti)) is not None
        except RowUnreadable:
            denied = True  # that there is a row is what counts
        if denied:
            raise InvalidToken("it was revoked")
