"""A stand-in for the issuer of published keys, and keys for it to publish."""

from __future__ import annotations

import json
import math
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from labserver.auth.tokens.algorithms import Key
from labserver.formats.base64url import b64encode


@cache
def sample(algorithm: str) -> dict[str, Any]:
    """Give a good key; it takes a second to make one for RS256, so once for each algorithm."""
    make: dict[str, Callable[[], Any]] = {
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
    }
    private = make[algorithm]()
    return Key("sample", algorithm, private, private.public_key()).jwk() or {}


def number(value: int) -> str:
    """Write a number as keys do (RFC 7518, section 2)."""
    return b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Issuer:
    """Answers every request as a test wants it to, and counts."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.body: bytes | None = None
        self.status, self.headers, self.asked, self.ready = 200, {"X-Nothing": "more"}, 0, threading.Event()
        self.ready.set()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                issuer.ready.wait(30)
                body = json.dumps({"keys": issuer.keys}).encode() if issuer.body is None else issuer.body
                self.send_response(issuer.status)
                for name, value in issuer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # a client that has read enough
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def stop(self) -> None:
        """Go away; safe to call twice."""
        self.ready.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


def roca_modulus() -> int:
    """Make the modulus of a ROCA key: a product of two of those primes."""
    choose = random.Random(2017)  # noqa: S311 - a key that nobody uses
    n = 0
    while n.bit_length() != 2048:
        n = roca_prime(1024, choose) * roca_prime(1024, choose)
    return n


def roca_prime(bits: int, choose: random.Random) -> int:
    """Make a prime as the flawed library did: k M + (65537^a mod M), M the product of 126 small primes."""
    small = [q for q in range(2, 702) if all(q % r for r in range(2, q))]
    assert len(small) == 126
    m = math.prod(small)
    while True:
        prime = choose.getrandbits(bits - m.bit_length()) * m + pow(65537, choose.getrandbits(60), m)
        if prime.bit_length() == bits and pow(2, prime - 1, prime) == 1:
            return prime
