"""Published keys: the public half of a key, as a JSON Web Key (RFC 7517)."""

from __future__ import annotations

from typing import Any

from labserver.auth.tokens.algorithms import KEY_PAIRS, RSA_BITS, RSA_MOST_BITS, Key
from labserver.errors import BadKey
from labserver.formats.base64url import b64decode

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""What only the owner of a key may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1)."""
SHAPES = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519"), "RS256": ("RSA", None)}
"""What a published key of each algorithm says of itself (RFC 7518 section 6, RFC 8037)."""


def read_jwk(jwk: dict[str, Any]) -> Key | None:
    """Make a key of its published half; None where it is not one of ours, as RFC 7517 section 5 asks.

    Raises BadKey, with what is wrong, for a key that nobody may believe: one that lets out its secret, and
    one whose secret others can work out.
    """
    shown = [name for name in PRIVATE if name in jwk]
    if shown:
        raise BadKey(f"it shows its private half ({', '.join(shown)}): whoever reads it can sign")
    if jwk.get("kty") == "oct":
        raise BadKey("it is a shared secret, and those are not published")
    kid, alg = jwk.get("kid"), jwk.get("alg")
    shape = SHAPES.get(alg) if isinstance(alg, str) else None
    if not isinstance(kid, str) or shape != (jwk.get("kty"), jwk.get("crv")) or jwk.get("use") != "sig":
        return None
    from cryptography.exceptions import UnsupportedAlgorithm  # here: HS256 needs none
    from jwt.exceptions import PyJWTError

    try:
        if alg == "EdDSA":
            check_point(b64decode(jwk["x"]))
        public = KEY_PAIRS[str(alg)].from_jwk(jwk)
        if alg == "RS256":
            check_modulus(public.public_numbers().n, public.public_numbers().e)
    except BadKey:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm, PyJWTError):
        raise BadKey("its numbers are missing, or make no key") from None
    return Key(kid, str(alg), None, public)


def check_point(encoded: bytes) -> None:
    """Raise BadKey if an Ed25519 key is a point of small order, or written in a second way.

    With such a point for a key, one signature holds for many messages, and nobody needs a secret to make it.
    Eight points have an order that divides 8. Their y is 0, 1 or -1, or, where doubling gives y = 0, solves
    d y^4 + 2 y^2 = 1 (from the addition law in RFC 8032, section 5.1.4, with P = Q).
    """
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p)
    y = int.from_bytes(encoded, "little") % 2**255  # without the bit that is the sign of x
    if y * (y * y - 1) * (d * y**4 + 2 * y * y - 1) % p == 0:
        raise BadKey("it is a point of small order")
    if y >= p:
        raise BadKey("its y is not below p (RFC 8032, section 5.1.3)")


def check_modulus(n: int, e: int) -> None:
    """Raise BadKey if an RSA key is short, odd in its numbers, or of the family that ROCA breaks.

    Those primes have the form k M + (65537^a mod M), where M is a product of small primes; so modulo each of
    these, the modulus is a power of 65537. By chance that happens to one key in 200 million. Nemec et al.,
    "The Return of Coppersmith's Attack", CCS 2017 (CVE-2017-15361).
    """
    if not RSA_BITS <= n.bit_length() <= RSA_MOST_BITS:
        bounds = f"{RSA_BITS} or more" if n.bit_length() < RSA_BITS else f"{RSA_MOST_BITS} or less"
        raise BadKey(f"it has {n.bit_length()} bits, not {bounds}")
    if e % 2 == 0 or not 2**16 < e < 2**256:  # FIPS 186-5, section 5.4 (e)
        raise BadKey("its exponent is even, or not between 2^16 and 2^256")
    primes = [q for q in range(2, 168) if all(q % r for r in range(2, q))]
    if any(n % q == 0 for q in primes):
        raise BadKey("its modulus has a small factor")
    if all(n % q in {pow(65537, a, q) for a in range(q)} for q in primes):
        raise BadKey("its modulus is of the ROCA family (CVE-2017-15361)")
