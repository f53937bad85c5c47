"""Read one exchange: which credentials it carries and where, and all else with these masked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from urllib3 import HTTPHeaderDict

from labserver.kit.display.fingerprint import Fingerprint
from labserver.kit.display.formatting import HIDDEN, clean
from labserver.kit.display.rich_text import RichText

# Cookies know no ports, so Jupyter's own reach this server too. Only ours are ever shown.
COOKIES = ("sid", "__Host-sid", "grid", "__Host-grid")
BODY_KEYS = {"access_token": "access", "refresh_token": "refresh", "csrf_token": "csrf"}
PASSWORDS = frozenset({"password", "current", "new"})
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_FIELD = re.compile(r'("(?:password|current|new)"\s*:\s*)"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class ShownCredential:
    """One credential as it travelled: `where` is a header's name or `body`, `size` its bytes on the wire.

    A header counts whole, line end included; in a body only the credential itself counts.
    """

    kind: str
    where: str
    name: str
    value: str = field(repr=False)
    size: int

    @property
    def fingerprint(self) -> Fingerprint:
        """The credential's short name."""
        return Fingerprint.of(self.kind, self.value)


def shape(value: str) -> str:
    """Tell what a credential is by its parts: a JWT has three, our refresh token two, a session id one."""
    return {2: "access", 1: "refresh"}.get(value.count("."), "session")


def sent(request: requests.PreparedRequest) -> list[ShownCredential]:
    """List the credentials that the request carries."""
    found = []
    for name, value in cookies(request).items():
        size = len(f"Cookie: {name}={value}\r\n")
        found.append(
            ShownCredential("session" if name.endswith("sid") else shape(value), "Cookie", name, value, size)
        )
    scheme, _, value = text_of(request.headers.get("Authorization", "")).partition(" ")
    if scheme.lower() == "bearer" and value:
        size = len(f"Authorization: {scheme} {value}\r\n")
        found.append(ShownCredential(shape(value), "Authorization", scheme, value, size))
    if token := text_of(request.headers.get("X-CSRF-Token", "")):
        found.append(ShownCredential("csrf", "X-CSRF-Token", "", token, len(f"X-CSRF-Token: {token}\r\n")))
    return found + _in_body(text_of(request.body or ""))


def received(response: requests.Response) -> list[ShownCredential]:
    """List the credentials that the response issues."""
    found = []
    for line in set_cookies(response):
        name, value = cookie_pair(line)
        if name in COOKIES and value:
            size = len(f"Set-Cookie: {line}\r\n")
            found.append(
                ShownCredential(
                    "session" if name.endswith("sid") else shape(value), "Set-Cookie", name, value, size
                )
            )
    return found + (_in_body(response.text) if is_json(response.headers) else [])


def _in_body(body: str) -> list[ShownCredential]:
    data = parsed(body)
    if not isinstance(data, dict):
        data = dict(parse_qsl(body)) if "token=" in body else {}
    found = []
    for name, value in data.items():
        if isinstance(value, str) and value and (name in BODY_KEYS or name == "token"):
            kind = BODY_KEYS.get(name) or shape(value)
            if kind == "access" and shape(value) == "session":  # an opaque id as a bearer token, in the grid
                kind = "session"
            found.append(ShownCredential(kind, "body", name, value, len(value)))
    return found


def cookies(request: requests.PreparedRequest) -> dict[str, str]:
    """Read those cookies of a request that are this server's."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(text_of(request.headers.get("Cookie", "")))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items() if name in COOKIES}


def set_cookies(response: requests.Response) -> list[str]:
    """Read the Set-Cookie lines one by one; `response.headers` would join them with commas."""
    raw = getattr(response.raw, "headers", None)
    if isinstance(raw, HTTPHeaderDict):
        return raw.getlist("Set-Cookie")
    return [line for line in [response.headers.get("Set-Cookie")] if line]


def cookie_pair(line: str) -> tuple[str, str]:
    """Split a Set-Cookie line's first part into name and value."""
    name, _, value = line.partition(";")[0].partition("=")
    return name.strip(), value.strip().strip('"')


def is_json(headers: Any) -> bool:
    """Tell whether the Content-Type is JSON."""
    return "json" in headers.get("Content-Type", "")


def parsed(body: str) -> Any:
    """Parse JSON; return None if it is not JSON."""
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None


def text_of(value: Any) -> str:
    """Return a header or a body as text, whether requests keeps it as bytes, text or a stream."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else "(a stream)"


class Masker:
    """Replace every credential of one exchange, wherever it stands, by its fingerprint; passwords by dots."""

    def __init__(self, response: requests.Response) -> None:
        self.sent, self.received = sent(response.request), received(response)
        found = {c.value: c.fingerprint for c in [*self.sent, *self.received] if len(c.value) >= 6}
        self._fingerprints = {clean(value): fingerprint for value, fingerprint in found.items()}
        longest_first = sorted(self._fingerprints, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def text(self, text: str) -> RichText:
        """Mask what stands in free text: a page, an address, a header."""
        masked = RichText(_FIELD.sub(rf'\1"{HIDDEN}"', clean(text)))
        masked = masked.replace(self._known, self._fingerprints.__getitem__)
        return masked.replace(_JWT, partial(Fingerprint.of, "access"))

    def data(self, data: Any, key: str = "") -> Any:
        """Mask JSON data, at any depth: its strings become RichText. The caller's data is not changed."""
        if isinstance(data, dict):
            return {self.text(name): self.data(value, name) for name, value in data.items()}
        if isinstance(data, list):
            return [self.data(item) for item in data]
        if key in PASSWORDS and data:
            return HIDDEN
        if key in BODY_KEYS and isinstance(data, str) and data:
            known = self._fingerprints.get(clean(data))
            return RichText(known or Fingerprint.of(BODY_KEYS[key], data))
        return self.text(data) if isinstance(data, str) else data

    def query(self, text: str) -> RichText:
        """Mask a form body (`a=1&password=x`)."""
        pairs = [(name, HIDDEN if name in PASSWORDS else self.text(value)) for name, value in parse_qsl(text)]
        return RichText.join("&", (RichText(self.text(name), "=", value) for name, value in pairs))

    def path(self, url: str) -> RichText:
        """Return the path and query of an address, masked."""
        parts = urlsplit(url)
        path = self.text(parts.path or "/")
        return RichText(path, "?", self.query(parts.query)) if parts.query else path
