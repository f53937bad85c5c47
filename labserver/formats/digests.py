"""A credential's SHA-256: the key that it is stored under, and its name where it must not be shown."""

from __future__ import annotations

import base64
import hashlib

_SHA256 = hashlib.sha256()
"""Copied for each credential: `hashlib.sha256()` would look the algorithm up each time."""


def digest(credential: str) -> bytes:
    """Return the SHA-256 (FIPS 180-4) that a credential is stored under, 32 bytes.

    A credential has 256 random bits, so it needs neither a salt nor a slow hash.
    """
    hashed = _SHA256.copy()
    hashed.update(credential.encode("utf-8", "surrogateescape"))
    return hashed.digest()


def fingerprint(digest: bytes) -> str:
    """Shorten a digest for people: six characters of base64url, the same wherever the credential appears."""
    return base64.urlsafe_b64encode(digest).decode()[:6]
