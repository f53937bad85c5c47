"""Published keys: the public half of a key, as a JSON Web Key (RFC 7517)."""

from __future__ import annotations

from typing import Any

from labserver.auth.tokens.algorithms import ALGORITHMS, Key, KeyPair
from labserver.errors import BadKey

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""What only the owner of a key may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1)."""


def read_jwk(jwk: dict[str, Any]) -> Key | None:
    """Make a key of its published half; None where it is not one of ours, as RFC 7517 section 5 asks.

    Raises BadKey, with what is wrong, for a key that nobody may trust: one that shows its secret, and one
    whose secret others can work out.
    """
    shown = [name for name in PRIVATE if name in jwk]
    if shown:
        raise BadKey(f"it shows its private half ({', '.join(shown)}): anyone who reads it can sign")
    if jwk.get("kty") == "oct":
        raise BadKey("it is a shared secret, and those are not published")
    kid, alg = jwk.get("kid"), jwk.get("alg")
    algorithm = ALGORITHMS.get(alg) if isinstance(alg, str) else None
    if not isinstance(algorithm, KeyPair) or not algorithm.fits(jwk):
        return None
    if not isinstance(kid, str) or jwk.get("use") != "sig":
        return None
    return Key(kid, str(alg), None, algorithm.from_jwk(jwk))
