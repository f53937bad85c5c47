"""Host names and origins in a normal form, so that two can be compared (RFC 3986 section 6.2.2)."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?", re.IGNORECASE | re.ASCII)
_DEFAULT_PORT = {"http": "80", "https": "443"}


def host_name(text: str) -> str:
    """Normalize a host: lower case; an IPv6 address without brackets, in its shortest form (RFC 5952)."""
    name = text.strip("[]").lower()
    try:
        return str(IPv6Address(name))
    except ValueError:
        return name


def origin_of(text: str) -> str | None:
    """Serialize an origin as browsers do (RFC 6454 section 6.2): lower case, no default port.

    Returns None for anything else, such as `null`.
    """
    found = _ORIGIN.fullmatch(text)
    if found is None:
        return None
    scheme, host, port = found[1].lower(), host_name(found[2]), found[3]
    place = f"[{host}]" if ":" in host else host
    return f"{scheme}://{place}" if port in (None, _DEFAULT_PORT[scheme]) else f"{scheme}://{place}:{port}"


def same_origin(one: str, other: str) -> bool:
    """Tell whether both are origins, and the same one."""
    return (found := origin_of(one)) is not None and found == origin_of(other)
