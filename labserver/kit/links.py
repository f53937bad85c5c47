"""Where a browser finds a lab's pages: on this machine, or behind a hub that passes requests on."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from labserver.kit.failures import KitError

HUB_PREFIX = "JUPYTERHUB_SERVICE_PREFIX"
"""The variable in which JupyterHub, and Binder with it, says where it serves a user: `/user/ada/`."""

PUBLIC_URL = "JUPYTERHUB_PUBLIC_URL"
"""The variable in which it says the whole outside address, where its administrator has set one."""


OUTSIDE = "LABSERVER_JUPYTER_URL"
"""The variable in which you say where a JupyterLab on another computer is, if no hub says it."""


@dataclass(frozen=True)
class Link:
    """An address to click on in a notebook, or to print."""

    url: str

    def __repr__(self) -> str:
        return self.url

    def _repr_html_(self) -> str:
        link = Markup('<a href="{0}" target="_blank" rel="noopener">{1}</a>')
        return link.format(self.url, self.url.partition("#")[0])


def proxy_options(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the options of a server that browsers reach through Jupyter, by jupyter-server-proxy.

    No browser runs on a hub's machine, so if its public name is unknown, every name will do. Raises KitError
    if the address that you gave names no host.
    """
    if jupyter_prefix(environment) is None:
        return []
    if outside := environment.get(OUTSIDE):
        return ["--behind-proxy", "--host-name", _outside(outside)[0]]
    name = urlsplit(environment.get(PUBLIC_URL, "")).hostname
    return ["--behind-proxy", "--host-name", name or "*"]


def jupyter_prefix(environment: Mapping[str, str]) -> str | None:
    """Return the path at which browsers find Jupyter on another computer; None where it runs on this one.

    Raises KitError if the address that you gave names no host.
    """
    if outside := environment.get(OUTSIDE):
        return _outside(outside)[1].rstrip("/")
    prefix = environment.get(HUB_PREFIX)
    return prefix if prefix is None else prefix.rstrip("/")


def _outside(address: str) -> tuple[str, str]:
    """Return host and path of a JupyterLab's address, which may lack its `http://`.

    Raises KitError if it names no host.
    """
    with suppress(ValueError):
        parts = urlsplit(address if "://" in address else f"//{address.removeprefix('//')}")
        if parts.hostname:
            return parts.hostname, parts.path
    raise KitError(f"{OUTSIDE} is {address!r}, and names no host: write it as http://that-computer:8888/.")


def address_of(url: str, path: str, *, proxied: bool, environment: Mapping[str, str] = os.environ) -> str:
    """Return where a browser finds `path` of the server at `url`. Raises KitError if it cannot."""
    prefix = jupyter_prefix(environment)
    if prefix is None:
        return f"{url}{path}"
    if not proxied:
        raise KitError(
            "through Jupyter, pages share its origin, so a server with TLS or with a weakness has "
            "no link. On your own computer it has one."
        )
    return f"{prefix}/proxy/{urlsplit(url).port}{path}"


def open_in_browser(url: str) -> None:
    """Open an address in the browser of this desktop; where there is none, do nothing."""
    desktop = sys.platform in ("win32", "darwin") or {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
    if desktop and not url.startswith("/"):
        webbrowser.open(url)
