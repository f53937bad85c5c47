"""The names of all sites, each of which is this machine."""

from __future__ import annotations

SHOP, SIBLING, EVIL, CLIENT = "shop", "blog.shop", "evil", "app"
"""The shop, another host of the same site, another site, and the other site that honestly calls the API."""

ENDINGS = ("localhost", "example")
"""`.localhost` is this machine in every browser; `.example` only in one that was started with our rule."""

HERE = ("127.0.0.1", "localhost", "::1")
HOSTS = (*HERE, *(f"{name}.{ending}" for name in (SHOP, SIBLING, EVIL, CLIENT) for ending in ENDINGS))


def shop_of(host: str) -> str:
    """Name the shop that a page, opened under `host`, speaks to: the one with the same ending."""
    ending = host.rpartition(".")[2]
    return f"{SHOP}.{ending}" if ending in ENDINGS and "." in host else host
