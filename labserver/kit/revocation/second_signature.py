"""The other signature of an ES256 token: the same claims, other bytes, just as valid."""

from __future__ import annotations

from labserver.formats.base64url import b64decode, b64encode

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The number n of the curve P-256 (NIST SP 800-186)."""


def second_signature(token: str) -> str:
    """Return the token with (r, n - s) in place of (r, s). Nobody needs the key for that.

    An ECDSA check takes both (SEC 1, section 4.1.4). So a list of revoked tokens must name them by `jti`.
    """
    signed, _, signature = token.rpartition(".")
    raw = b64decode(signature)
    other = ORDER - int.from_bytes(raw[32:], "big")
    return f"{signed}.{b64encode(raw[:32] + other.to_bytes(32, 'big'))}"
