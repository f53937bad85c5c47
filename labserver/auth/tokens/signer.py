"""Access tokens as they are signed: one JSON Web Token at each login and refresh."""

from __future__ import annotations

import json
import secrets
from typing import Any

from labserver.auth.tokens.keys import KeyRing
from labserver.auth.tokens.verifier import MAX_LIFE, TYPE, Access, Verifier
from labserver.formats.base64url import b64encode
from labserver.storage.clock import SupportsNow
from labserver.tracing import trace


class Tokens(Verifier):
    """Sign and check access tokens. `lifetime` and `max_life` are in seconds."""

    def __init__(
        self,
        ring: KeyRing,
        clock: SupportsNow,
        *,
        issuer: str,
        audience: str,
        lifetime: int,
        max_life: float = MAX_LIFE,
    ) -> None:
        super().__init__(ring, clock, issuer=issuer, audience=audience, max_life=max_life)
        self.ring, self.lifetime = ring, lifetime

    def sign(self, username: str, role: str) -> tuple[str, Access]:
        """Make an access token for a user; return it together with what it says."""
        now = int(self._clock.now())
        access = Access(username, role, secrets.token_urlsafe(16), now + self.lifetime)
        claims = {
            "iss": self._issuer,
            "sub": username,
            "aud": self._audience,
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


def _segment(fields: dict[str, Any]) -> str:
    return b64encode(json.dumps(fields, separators=(",", ":")).encode())
