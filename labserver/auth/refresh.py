"""Refresh tokens and their families: each token is good once, and a second use ends the family.

A login starts a family. Each refresh token of it is good once (rotation, RFC 9700 section 4.14); a used one
that turns up again means that two parties hold it, so the whole family ends.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any, ClassVar, NamedTuple

from labserver.auth.denylist import Denylist
from labserver.auth.devices import Devices
from labserver.auth.tokens.verifier import Access
from labserver.errors import InvalidGrant, RowUnreadable
from labserver.formats.digests import digest
from labserver.storage.base import Record, RecordKind, Store
from labserver.storage.clock import SupportsNow, floor_to_ms
from labserver.tracing import trace


class RefreshFamily(NamedTuple):
    """A live refresh family, found by one of its tokens."""

    key: bytes
    username: str
    record: Record


class RefreshFamilies(Devices):
    """Start, check, rotate and end refresh families. `lifetime` is absolute, in seconds.

    A refresh token is `<family>.<secret>`, both random; the row holds the SHA-256 of the one token that is
    good now. With `denylist`, the row also remembers the ids of its access tokens, so that ending it can end
    them.
    """

    kind: ClassVar[RecordKind] = "family"

    def __init__(self, store: Store, clock: SupportsNow, *, lifetime: int, denylist: Denylist | None) -> None:
        super().__init__(store, clock)
        self._lifetime, self._denylist = lifetime, denylist

    def start(self, access: Access, resource: str | None = None) -> str:
        """Begin a family with its first access token; return the refresh token.

        With `resource`, the row says that all access tokens of the family are for that service.
        """
        family = secrets.token_urlsafe(16)
        token = f"{family}.{secrets.token_urlsafe(32)}"
        now = floor_to_ms(self._clock.now())
        data = {
            "created": now,
            "used": now,
            "current": digest(token).hex(),
            "issued": self._issued([], access),
        }
        if resource is not None:
            data["resource"] = resource
        trace.note("id.make", digest(token), record="family")
        self._store.put("family", digest(family), Record(access.username, now + self._lifetime, data))
        return token

    def check(self, token: str) -> RefreshFamily:
        """Find the family of a good refresh token: one store read.

        Raises InvalidGrant, and ends the family if the token was used before.
        """
        key = digest(token.partition(".")[0])
        try:
            record = self._store.get("family", key)
        except RowUnreadable as error:
            self._store.delete("family", [key])
            raise InvalidGrant(error.reason) from None
        if record is None:
            raise InvalidGrant("there is no such family")
        family = RefreshFamily(key, record.owner, record)
        if record.expires <= self._clock.now():
            self.end(family)
            raise InvalidGrant("the family has reached its end")
        if not hmac.compare_digest(record.data["current"], digest(token).hex()):
            self.end(family)
            raise InvalidGrant("this token was used before: somebody else holds a copy, so the family ends")
        return family

    def rotate(self, token: str, family: RefreshFamily, access: Access) -> str:
        """Replace the family's good token by a new one; of several at once, one wins.

        Raises InvalidGrant, and ends the family, for the others: they hold a token that has just been used.
        """
        fresh = f"{token.partition('.')[0]}.{secrets.token_urlsafe(32)}"
        data = family.record.data | {
            "used": floor_to_ms(self._clock.now()),
            "current": digest(fresh).hex(),
            "issued": self._issued(family.record.data["issued"], access),
        }
        if self._store.compare_and_set(
            "family", family.key, family.record, family.record._replace(data=data)
        ):
            return fresh
        self.end_rows([(family.key, family.record)])
        raise InvalidGrant("somebody else has used this token at the same moment, so the family ends")

    def end(self, family: RefreshFamily) -> None:
        """End one family."""
        self.end_rows([(family.key, family.record)])

    def end_rows(self, rows: list[tuple[bytes, Record]]) -> None:
        """Delete these families, and deny their access tokens if there is a denylist."""
        for key, seen in rows:
            row: Record | None = seen
            while row is not None:
                self._denylist_all(row)
                if self._store.compare_and_set("family", key, row, None):
                    break
                # If a refresh came in between, the row names one more access token: look again.
                before, row = row, self._store.get("family", key)
                if row == before:  # not encoded as this server does it, so that no compare-and-set fits
                    self._store.delete("family", [key])
                    break

    def _denylist_all(self, row: Record) -> None:
        if self._denylist is not None:
            for jti, expires in row.data["issued"]:
                self._denylist.add(row.owner, jti, expires)

    def _issued(self, before: list[Any], access: Access) -> list[Any]:
        if self._denylist is None:
            return []
        now = self._clock.now()
        return [issued for issued in before if issued[1] > now] + [[access.jti, access.expires]]
