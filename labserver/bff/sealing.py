"""Tokens in a session's row, encrypted: a copy of the database opens nothing, as with every other row.

The key goes with the cookie. So when a session ends without `/bff/logout`, by its idle limit or on another
device, nobody can use its refresh family any more; the family is listed until it expires, or is ended there.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from labserver.errors import NoSession
from labserver.formats.digests import digest

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

Pair = dict[str, str]
"""The answer of `/token/login` and `/token/refresh`."""


def seal(session_id: str, pair: Pair) -> str:
    """Encrypt tokens. The key follows from the session id, which the browser has and no row of ours."""
    return _box(session_id).encrypt(json.dumps(pair).encode()).decode()


def unseal(session_id: str, sealed: str) -> Pair:
    """Decrypt what `seal` made. Raises NoSession for another kind of session, whose row has no tokens."""
    from cryptography.fernet import InvalidToken

    try:
        pair: Pair = json.loads(_box(session_id).decrypt(sealed))
    except InvalidToken:
        raise NoSession("this session holds no tokens") from None
    return pair


def _box(session_id: str) -> Fernet:
    """The row's key and the CSRF token are hashes of the id too, but none of the three leads to another."""
    # Not at the top: a server that signs with HS256 needs no `cryptography` until somebody asks for `/bff/`.
    from cryptography.fernet import Fernet

    return Fernet(urlsafe_b64encode(digest(f"bff{session_id}")))
