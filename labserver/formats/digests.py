"""A credential's SHA-256: what it is stored under, and called by where it must not be told."""

from __future__ import annotations

import base64
import hashlib

_SHA256 = hashlib.sha256()
"""Copied for each credential: by its name, OpenSSL would look the algorithm up each time."""


def digest(credential: str) -> bytes:
    """Give the SHA-256 that a credential is stored under. Its 256 random bits need no salt, no slow hash."""
    hashed = _SHA256.copy()
    hashed.update(credential.encode("utf-8", "surrogateescape"))
    return hashed.digest()


def fingerprint(digest: bytes) -> str:
    """Shorten it for people: six characters, the same wherever the credential turns up."""
    return base64.urlsafe_b64encode(digest).decode()[:6]
