"""One table of settings; every process of a server is made from the same one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PARTNER = "https://partner.example"
"""The audience of the second service (`labserver service`), unless it is started with another."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is started with. Times are in seconds, sizes in bytes.

    Lab mode is on exactly when `lab_key` is set; only the command line sets it, and only on loopback.
    """

    home: Path
    """The server's own folder (mode 0700): accounts, keys, and the store unless it lives elsewhere."""

    store: str = "sqlite:"
    """Its address, as the registry of stores knows it: `sqlite:PATH` (empty: `sessions.db` in `home`), …"""

    algorithm: str = "HS256"
    """What signs access tokens; `auth.tokens.algorithms` lists them."""

    lab_key: str | None = None
    """The secret that opens the control API; None: no such API, no trace, no Server-Timing."""

    tile_key: str | None = None
    """The secret that JupyterLab adds to what it passes on, if its launcher started this lab's server."""

    tls: bool = False
    """Whether the server speaks https: cookies become `__Host-` and Secure."""

    denylist: bool = False
    """Whether an access token can be revoked before it expires (one store read per check)."""

    weak: str | None = None
    """The weakness that this server teaches, by name; needs lab mode."""

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")
    """The host names this server answers to (DNS rebinding). `*` is any: where no browser runs here."""

    proxied: bool = False
    """Whether a reverse proxy stands before it, as in a classroom hub: its X-Forwarded-Prefix is believed."""

    cors_origins: tuple[str, ...] = ()
    """The other origins whose scripts may call the token endpoints."""

    session_idle: int = 30 * 60
    session_absolute: int = 12 * 3600
    last_used_interval: int = 60
    access_lifetime: int = 15 * 60
    """How long an access token is good; nothing but the denylist ends it before. `serve --access-seconds`."""

    access_max_life: int = 24 * 3600
    """A token that promises to live longer than this is refused, even if it is well signed."""

    refresh_lifetime: int = 14 * 86400
    issuer: str = "labserver"
    audience: str = "labserver-api"
    """Whom access tokens are for: this server's own API. Each service has its own (RFC 8725 section 3.9)."""

    resources: tuple[str, ...] = (PARTNER,)
    """The audiences of other services; a client asks for a token for one by `resource` (RFC 8707)."""

    max_body: int = 16 * 1024
    max_url: int = 2 * 1024
    max_headers: int = 16 * 1024
