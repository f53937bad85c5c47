"""Keys that another server publishes: fetched when they are needed, cached, and not fetched too often.

A key set (JWK Set, RFC 7517) is public, so anybody may hold a copy. A copy is never quite new: a key that the
issuer has retired is believed here until the copy is fetched again, at most `max_age` later.
"""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from dataclasses import dataclass, field
from math import inf
from typing import Any

import urllib3

from labserver.auth.tokens.algorithms import Key
from labserver.auth.tokens.jwks import read_jwk
from labserver.errors import BadKey, KeysUnknown
from labserver.formats.strict_json import loads
from labserver.resource_server.settings import ResourceServerSettings
from labserver.storage.clock import SupportsNow

PATH = "/.well-known/jwks.json"
MOST_BYTES = 64 * 1024
SECONDS = 2.0
"""How long a fetch may wait for each part of the answer."""

FETCH_ERRORS = (urllib3.exceptions.HTTPError, OSError, ValueError)
"""What `fetch` raises: no answer, or one that is no set of keys."""


@dataclass(frozen=True, slots=True)
class Cache:
    """The keys as last fetched, and when; `tried` counts failed fetches too."""

    keys: dict[str, Key] = field(default_factory=dict)
    fetched: float = -inf
    tried: float = -inf


def should_fetch(cache: Cache, kid: str, now: float, max_age: float, min_gap: float) -> bool:
    """Decide whether to fetch before looking for the key `kid`: if it is unknown here, or all are old."""
    if abs(now - cache.tried) < min_gap:
        return False
    return kid not in cache.keys or abs(now - cache.fetched) >= max_age


class JwksClient:
    """The issuer's public keys, asked for when needed and never more often than `min_gap` allows."""

    def __init__(self, settings: ResourceServerSettings, clock: SupportsNow) -> None:
        self._settings, self._clock = settings, clock
        self.cache, self.fetches = Cache(), 0
        self._fetching = threading.Lock()

    def find(self, kid: str) -> Key | None:
        """Find the key that a token names. Raises KeysUnknown when there are none to look among."""
        if self._should_fetch(kid) and self._fetching.acquire(blocking=kid not in self.cache.keys):
            try:
                if self._should_fetch(kid):  # no other thread has meanwhile
                    self.refresh()
            finally:
                self._fetching.release()
        if self._clock.now() - self.cache.fetched >= self._settings.keep:
            raise KeysUnknown("the issuer has not answered for too long", retry_after=10)
        return self.cache.keys.get(kid)

    def refresh(self) -> None:
        """Fetch the keys. If that fails, those we have are kept."""
        keys, fetched = self.cache.keys, self.cache.fetched
        try:
            keys, fetched = fetch(self._settings), self._clock.now()
            self.fetches += 1
        except FETCH_ERRORS as error:
            logging.getLogger(__name__).warning("no keys from %s: %s", self._settings.issuer, error)
        self.cache = Cache(keys, fetched, self._clock.now())

    def _should_fetch(self, kid: str) -> bool:
        now, limits = self._clock.now(), self._settings
        return should_fetch(self.cache, kid, now, limits.max_age, limits.min_gap)


def fetch(settings: ResourceServerSettings) -> dict[str, Key]:
    """Ask the issuer for its keys, without proxy or redirect. Raises one of FETCH_ERRORS."""
    pool = urllib3.PoolManager(ca_certs=settings.ca and str(settings.ca), timeout=SECONDS, retries=False)
    with closing(
        pool.request(
            "GET",
            settings.issuer.rstrip("/") + PATH,
            headers={"Accept": "application/json"},
            redirect=False,
            preload_content=False,
        )
    ) as response:
        data = response.read(MOST_BYTES + 1, decode_content=False)
    if response.status != 200 or len(data) > MOST_BYTES:
        raise ValueError("this is no set of keys")
    found = loads(data).get("keys")
    if not isinstance(found, list):
        raise ValueError("this is no set of keys")
    return read_set(found, settings.issuer)


def read_set(found: list[Any], issuer: str) -> dict[str, Key]:
    """Take the keys that can be used, by name. Raises ValueError if two have the same.

    A bad one is left out, with all of its name, and the log says which and why. To refuse the whole set would
    be less safe: the copy that we have would live on, and with it the very key whose secret has come out.
    """
    keys: dict[str, Key] = {}
    refused = set()
    for jwk in found:
        try:
            key = read_jwk(jwk) if isinstance(jwk, dict) else None
        except BadKey as error:
            logging.getLogger(__name__).warning(
                "the key %.80r from %s is refused: %s", jwk.get("kid"), issuer, error
            )
            refused.add(str(jwk.get("kid")))
            continue
        if key and key.kid in keys:
            raise ValueError(f"two keys have the same name, {key.kid!r:.80}")
        if key:
            keys[key.kid] = key
    return {kid: key for kid, key in keys.items() if kid not in refused}
