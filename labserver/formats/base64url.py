"""Base64url without padding (RFC 7515 section 2): each value has exactly one encoding."""

from __future__ import annotations

import base64


def b64encode(data: bytes) -> str:
    """Encode bytes as base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def b64decode(text: str) -> bytes:
    """Decode base64url without padding. Raises ValueError for any encoding but that of `b64encode`.

    RFC 4648 section 3.5: several encodings of one value would be several credentials.
    """
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64encode(data) != text:
        raise ValueError("not canonical base64url")
    return data
