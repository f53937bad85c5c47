"""Base64url without padding: one encoding of each value (RFC 7515 section 2)."""

from __future__ import annotations

import base64


def b64encode(data: bytes) -> str:
    """Write base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def b64decode(text: str) -> bytes:
    """Read base64url without padding; ValueError for any spelling but the one `b64encode` writes."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64encode(data) != text:
        raise ValueError("not canonical base64url")
    return data
