"""Access tokens as they are signed: one JSON Web Token at each login and refresh."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from typing import Any

from labserver.auth.tokens.keys import KeyRing
from labserver.auth.tokens.verifier import MAX_LIFE, TYPE, Access, Verifier
from labserver.errors import InvalidTarget, InvalidToken
from labserver.formats.base64url import b64encode
from labserver.storage.clock import SupportsNow
from labserver.tracing import trace

CLIENT_ID = "first-party"
"""RFC 9068 section 2.2 requires it. No client registers here: all are our own."""


class Tokens(Verifier):
    """Sign access tokens, and check those that are meant for this server.

    `lifetime` and `max_life` are in seconds. `resources` are other services, which check their own.
    """

    def __init__(
        self,
        ring: KeyRing,
        clock: SupportsNow,
        *,
        issuer: str,
        audience: str,
        lifetime: int,
        max_life: float = MAX_LIFE,
        resources: tuple[str, ...] = (),
    ) -> None:
        super().__init__(ring, clock, issuer=issuer, audience=audience, max_life=max_life)
        self.ring, self.lifetime = ring, lifetime
        self._services = {
            name: Verifier(ring, clock, issuer=issuer, audience=name, max_life=max_life) for name in resources
        }

    def sign(self, username: str, role: str, resource: str | None = None) -> tuple[str, Access]:
        """Make an access token for a user; return it together with what it says.

        Its one audience is this server, or the service that `resource` names (RFC 8707). Raises InvalidTarget
        for one that is not known.
        """
        audience = self._audience if resource is None else resource
        if audience != self._audience and audience not in self._services:
            raise InvalidTarget("no service of this name is known")
        now = int(self._clock.now())
        access = Access(username, role, secrets.token_urlsafe(16), now + self.lifetime)
        claims = {
            "iss": self._issuer,
            "sub": username,
            "aud": audience,
            "client_id": CLIENT_ID,
            "iat": now,
            "exp": access.expires,
            "jti": access.jti,
            "role": role,
        }
        key = self.ring.newest
        with trace.step("token.sign", algorithm=key.alg):
            signed = _segment({"alg": key.alg, "kid": key.kid, "typ": TYPE}) + "." + _segment(claims)
            token = signed + "." + b64encode(key.sign(signed.encode()))
        return token, access

    def opens_another_service(self, token: str) -> bool:
        """Tell whether this server has signed a live token that another service accepts."""
        for verifier in self._services.values():
            with suppress(InvalidToken):
                verifier.check(token)
                return True
        return False


def _segment(fields: dict[str, Any]) -> str:
    return b64encode(json.dumps(fields, separators=(",", ":")).encode())
