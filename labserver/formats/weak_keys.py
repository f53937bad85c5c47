"""Public keys whose secret others can work out, or do not need: what is wrong with a key, or None."""

from __future__ import annotations

RSA_BITS, RSA_MOST_BITS = 2048, 16384


def weakness_of_point(encoded: bytes) -> str | None:
    """Look for an Ed25519 key that is a point of small order, or is written in a second way.

    With such a point for a key, one signature holds for many messages, and nobody needs a secret to make it.
    Eight points have an order that divides 8. Their y is 0, 1 or -1, or, where doubling gives y = 0, solves
    d y^4 + 2 y^2 = 1 (from the addition law in RFC 8032, section 5.1.4, with P = Q).
    """
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p)
    y = int.from_bytes(encoded, "little") % 2**255  # without the bit that is the sign of x
    if y * (y * y - 1) * (d * y**4 + 2 * y * y - 1) % p == 0:
        return "it is a point of small order"
    return "its y is not below p (RFC 8032, section 5.1.3)" if y >= p else None


def weakness_of_modulus(n: int, e: int) -> str | None:
    """Look for an RSA key that is short, has odd numbers, or is of the family that ROCA breaks.

    Those primes have the form k M + (65537^a mod M), where M is a product of small primes; so modulo each of
    these, the modulus is a power of 65537. By chance that happens to one key in 200 million. Nemec et al.,
    "The Return of Coppersmith's Attack", CCS 2017 (CVE-2017-15361).
    """
    if not RSA_BITS <= n.bit_length() <= RSA_MOST_BITS:
        bounds = f"{RSA_BITS} or more" if n.bit_length() < RSA_BITS else f"{RSA_MOST_BITS} or less"
        return f"it has {n.bit_length()} bits, not {bounds}"
    if e % 2 == 0 or not 2**16 < e < 2**256:  # FIPS 186-5, appendix A.1.1
        return "its exponent is even, or not between 2^16 and 2^256"
    primes = [q for q in range(2, 168) if all(q % r for r in range(2, q))]
    if any(n % q == 0 for q in primes):
        return "its modulus has a small factor"
    if all(n % q in {pow(65537, a, q) for a in range(q)} for q in primes):
        return "its modulus is of the ROCA family (CVE-2017-15361)"
    return None
