"""The headers of one exchange: which of them matter, and why they are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from labserver.kit.display.exchange import COOKIES, Masker, cookie_pair, set_cookies, text_of
from labserver.kit.display.formatting import HIDDEN, clean
from labserver.kit.display.rich_text import RichText

MATTERS, BESIDE, FOLDED = range(3)
_RANKS = dict.fromkeys(
    (
        *("Cookie", "Authorization", "X-CSRF-Token", "Origin", "Referer", "Sec-Fetch-Site"),
        *("Set-Cookie", "WWW-Authenticate", "Retry-After", "Location", "Allow", "Clear-Site-Data"),
        *("Access-Control-Allow-Origin", "X-Lab-Weak"),
    ),
    MATTERS,
) | {"Host": BESIDE, "Content-Type": BESIDE}
_ORDER = list(_RANKS)
_SPELLED = {name.lower(): name for name in _RANKS} | {"etag": "ETag"}
_BY_ITSELF = "The browser adds it by itself to every request to this host."
_COPIED = "A copy, put here by hand."
_ATTRIBUTES = {
    "httponly": "HttpOnly: scripts cannot read it.",
    "secure": "Secure: sent over TLS only.",
    "samesite=lax": "SameSite=Lax: other sites' POST forms do not carry it; links and GET forms do.",
    "samesite=strict": "SameSite=Strict: nothing that starts on another site carries it.",
    "samesite=none": "SameSite=None: every site's requests carry it.",
    "max-age=0": "Max-Age=0: the browser throws it away.",
}


@dataclass(frozen=True, slots=True)
class Header:
    """A header line; `why` holds short notes."""

    name: str
    value: RichText
    why: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """How much it matters here: MATTERS, BESIDE (dimmed) or FOLDED."""
        return _RANKS.get(self.name, FOLDED)

    @property
    def text(self) -> RichText:
        """The line as it went over the wire, its credential masked."""
        return RichText(self.name, ": ", self.value)


def asked_with(request: requests.PreparedRequest, masker: Masker, *, by_hand: bool) -> list[Header]:
    """List the request's headers, what matters first. Cookies that are not this server's are left out.

    `by_hand` says that nobody's browser put the cookie there.
    """
    lines = [Header("Host", RichText(urlsplit(request.url or "").netloc))]
    for raw_name, raw in request.headers.items():
        name, value = spelled(raw_name), masker.text(text_of(raw))
        why: tuple[str, ...] = ()
        if name == "Cookie":
            carried = [c for c in masker.sent if c.where == "Cookie"]
            value = RichText.join("; ", (RichText(c.name, "=", c.fingerprint) for c in carried))
            why = (_COPIED if by_hand else _BY_ITSELF,)
        elif name == "Authorization":
            bearer = next((c.fingerprint for c in masker.sent if c.where == "Authorization"), None)
            scheme = str(value).partition(" ")[0]
            value = RichText("Bearer ", bearer) if bearer else RichText(f"{scheme} {HIDDEN}")
            why = ("Only the client's own code adds it. Anybody who holds it is let in.",) if bearer else ()
        elif name == "X-CSRF-Token":
            why = ("Shows that our own page sent this: another site cannot read the token.",)
        if value:
            lines.append(Header(name, value, why))
    return sorted(lines, key=_place)


def answered_with(response: requests.Response, masker: Masker) -> list[Header]:
    """List the response's headers, what matters first. What differs each time and says nothing is "…"."""
    lines = [_set_cookie(line, masker) for line in set_cookies(response)]
    for raw_name, raw in response.headers.items():
        name, value = spelled(raw_name), masker.text(raw)
        why: tuple[str, ...] = ()
        if name == "Set-Cookie":
            continue
        if name == "WWW-Authenticate":
            why = ("Says which credential is taken here.",)
            if "invalid_token" in raw:
                why = ("The token that came was no good, for whatever reason: get a new one.",)
        elif name == "Retry-After":
            why = (f"Another try makes sense in {value} s.",)
        elif name == "X-Lab-Weak":
            why = ("This server is weak on purpose, for a lesson.",)
        elif name == "Date":
            value = RichText("…")
        elif name == "Server-Timing":
            value = masker.text(re.sub(r"dur=[\d.]+", "dur=…", raw))
        lines.append(Header(name, value, why))
    return sorted(lines, key=_place)


def _set_cookie(line: str, masker: Masker) -> Header:
    (name, value), attributes = cookie_pair(line), [part.strip() for part in line.split(";")[1:]]
    why = ["__Host-: for this very host, over TLS."] if name.startswith("__Host-") else []
    why += [_ATTRIBUTES[word.lower()] for word in attributes if word.lower() in _ATTRIBUTES]
    if not any(word.lower().startswith(("max-age", "expires")) for word in attributes):
        why.append("No Max-Age: gone when the browser closes.")
    elif value:
        why.append("Max-Age: how long the browser keeps it. The server has limits of its own.")
    shown = masker.text(value) if name in COOKIES or not value else HIDDEN
    value_shown = RichText.join("; ", [RichText(name, "=", shown), *attributes])
    return Header("Set-Cookie", value_shown, tuple(why))


def _place(line: Header) -> tuple[int, int]:
    return line.rank, _ORDER.index(line.name) if line.name in _ORDER else len(_ORDER)


def spelled(name: str) -> str:
    """Write a header's name as the standards do; on the wire its case means nothing."""
    name = clean(name)
    return _SPELLED.get(name.lower()) or "-".join(part.capitalize() for part in name.split("-"))
