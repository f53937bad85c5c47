"""The signing keys: one algorithm per key, found by `kid` and never by position, shared by all workers.

The newest key signs. An older one still verifies until it is retired, so that a rotation logs nobody out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import apsw

from labserver.auth.tokens.algorithms import ALGORITHMS, Key
from labserver.errors import BadKey, SettingsError, StoreDown
from labserver.storage.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (kid TEXT PRIMARY KEY, alg TEXT NOT NULL, secret BLOB NOT NULL)
"""


class KeyRing:
    """All keys of a server. `changed` returns a number that goes up when another worker has changed them."""

    def __init__(self, database: Database, algorithm: str, changed: Callable[[], float] = lambda: 0) -> None:
        self._database, self._algorithm, self._changed = database, algorithm, changed
        self._seen = -1.0
        self._load()
        if not self._keys or self.newest.alg != algorithm:
            self.rotate()

    @property
    def newest(self) -> Key:
        """The key that signs."""
        self._refresh()
        return self._keys[-1]

    def find(self, kid: str) -> Key | None:
        """Find the key that a token names."""
        self._refresh()
        return self._by_kid.get(kid)

    def all(self) -> list[Key]:
        """List the keys, the oldest first."""
        self._refresh()
        return self._keys

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JWK Set, the newest first."""
        return {"keys": [jwk for key in reversed(self.all()) if (jwk := key.jwk())]}

    def rotate(self) -> Key:
        """Make a new key and sign with it; the others go on verifying."""
        self._database.change("INSERT INTO keys VALUES (?, ?, ?)", self._fresh())
        self._reload()
        return self._keys[-1]

    def retire(self) -> Key:
        """Delete all keys but the newest: what they signed ends now."""
        self._database.change("DELETE FROM keys WHERE kid <> ?", (self.newest.kid,))
        self._reload()
        return self._keys[-1]

    def start_over(self, transaction: apsw.Connection) -> None:
        """Put one new key in the place of all, as part of a larger change."""
        transaction.execute("DELETE FROM keys")
        transaction.execute("INSERT INTO keys VALUES (?, ?, ?)", self._fresh())

    def generate(self) -> bytes:
        """Make the secret of a new key."""
        return ALGORITHMS[self._algorithm].generate()

    def accept(self, kid: Any, alg: Any, secret: Any) -> Key:
        """Parse a stored key. Raises SettingsError if it is unreadable, or too weak (RFC 7518 section 3.2).

        Of our own keys we ask what we ask of others', see `read_jwk`.
        """
        try:
            if not isinstance(kid, str) or not isinstance(secret, bytes):
                raise TypeError
            return Key(kid, alg, *ALGORITHMS[alg].load(secret))
        except Exception as error:  # cryptography raises this and that
            why = error if isinstance(error, BadKey) else "it cannot be read"
            raise SettingsError(f"The signing key {kid!r} ({alg}) cannot be used: {why}.") from None

    def _fresh(self) -> tuple[str, str, bytes]:
        return secrets.token_urlsafe(8), self._algorithm, self.generate()

    def _refresh(self) -> None:
        if self._changed() != self._seen:
            self._reload()

    def _reload(self) -> None:
        """Load while requests wait for it: what stops a start then makes the keys unavailable, no more."""
        try:
            self._load()
        except SettingsError as error:
            raise StoreDown(f"keys: {error}") from None
        if not self._keys:
            self._seen = -1.0  # so that the next request looks again
            raise StoreDown("keys: there is none")

    def _load(self) -> None:
        seen = self._changed()
        rows = self._database.rows("SELECT kid, alg, secret FROM keys ORDER BY rowid")
        self._keys = [self.accept(*row) for row in rows]
        self._by_kid = {key.kid: key for key in self._keys}
        self._seen = seen
