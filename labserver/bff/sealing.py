"""Tokens in a session's row, encrypted: a copy of the database opens nothing, as with every other row.

The key goes with the cookie. So when a session ends without `/bff/logout`, by its idle limit or on another
device, nobody can use its refresh family any more; the family is listed until it expires, or is ended there.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any, TypedDict, TypeGuard

from labserver.auth.tokens.verifier import MAX_TOKEN
from labserver.errors import NoSession
from labserver.formats.digests import digest
from labserver.formats.strict_json import loads

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

TOKEN = re.compile("[A-Za-z0-9._~+/-]+=*")


class Pair(TypedDict):
    """What is used of the answer of `/token/login` and `/token/refresh`."""

    access_token: str
    refresh_token: str


def seal(session_id: str, pair: Pair) -> str:
    """Encrypt tokens. The key follows from the session id, which the browser has and no row of ours."""
    return _box(session_id).encrypt(json.dumps(pair).encode()).decode()


def unseal(session_id: str, sealed: str) -> Pair:
    """Decrypt what `seal` made. Raises NoSession for anything else: another kind of session, an odd row."""
    from cryptography.fernet import InvalidToken

    try:
        pair = loads(_box(session_id).decrypt(sealed))
    except (InvalidToken, ValueError):
        pair = {}
    if not _is_pair(pair):
        raise NoSession("this session holds no tokens")
    return pair


def _is_pair(pair: dict[str, Any]) -> TypeGuard[Pair]:
    """Tell whether both tokens are there, and may stand in a header (RFC 6750 section 2.1)."""
    tokens = [pair.get("access_token"), pair.get("refresh_token")]
    return all(type(one) is str and len(one) <= MAX_TOKEN and TOKEN.fullmatch(one) for one in tokens)


def _box(session_id: str) -> Fernet:
    """The row's key and the CSRF token are hashes of the id too, but none of the three leads to another."""
    # Not at the top: a server that signs with HS256 needs no `cryptography` until somebody asks for `/bff/`.
    from cryptography.fernet import Fernet

    return Fernet(urlsafe_b64encode(digest(f"bff{session_id}")))
