"""What the second service is started with."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from labserver.auth.tokens.verifier import MAX_LIFE
from labserver.errors import SettingsError
from labserver.settings import PARTNER


@dataclass(frozen=True, slots=True)
class ResourceServerSettings:
    """What the service is started with. Times are in seconds."""

    issuer: str
    """Where the issuer is, such as https://login.example; plain http on this machine only."""

    max_age: float = 300
    """After this time the keys are fetched again: a retired key may be accepted here for so long."""

    min_gap: float = 10
    """Between two fetches; or strangers, by inventing key ids, could make us fetch as often as they like."""

    keep: float = 86400
    """While the issuer does not answer, its last keys are used for this time; then no token is accepted."""

    ca: Path | None = None
    """The certificate authority to trust, for https; None: those of this machine."""

    lab_clock: Path | None = None
    """The clock of a lab, which can be moved; None: this machine's."""

    name: str = "labserver"
    """Who signs the tokens: their `iss`."""

    audience: str = PARTNER
    """Whom the tokens are for: this service, and no other (RFC 8725 section 3.9)."""

    access_max_life: int = MAX_LIFE
    """A token that promises to live longer than this is refused, even if the issuer has signed it."""

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")
    max_body: int = 16 * 1024
    max_url: int = 2 * 1024
    max_headers: int = 16 * 1024

    def __post_init__(self) -> None:
        """Refuse an issuer whose keys could be swapped on the way, and files that are not there.

        Raises SettingsError.
        """
        for option, file in (("--ca", self.ca), ("--lab-clock", self.lab_clock)):
            if file is not None and not file.is_file():
                raise SettingsError(f"{option} {file}: there is no such file.")
        try:
            scheme, place, path = (parts := urlsplit(self.issuer))[:3]
            safe = scheme == "https" or (scheme == "http" and _is_here(parts.hostname or ""))
            if not safe or not parts.hostname or parts.port == 0 or "@" in place or path.strip("/"):
                raise ValueError
        except ValueError:
            raise SettingsError(
                f"--issuer {self.issuer}: give https://host, or http://127.0.0.1:port on this machine."
            ) from None


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
