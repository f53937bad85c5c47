"""The wire: one request and its answer, readable. What matters is full size, the rest is there, dimmed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from labserver.kit.client import client_of
from labserver.kit.exchange import COOKIES, Masker, cookie_pair, is_json, parsed, set_cookies, text_of
from labserver.kit.look import HIDDEN, clean, duration, markup, page, plain

_CSS = """
.labkit .wire{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));border:1px solid var(--line);
border-radius:10px;overflow:hidden;background:var(--card);margin:0 0 .6em}
.labkit .wire>div{padding:.8em 1em;font:13.5px/1.65 var(--mono);overflow-wrap:anywhere;min-width:0;
box-shadow:-1px -1px 0 var(--line)}
.labkit .wire .cap{font:600 12px/1.4 var(--sans);color:var(--soft);margin:0 0 .5em;overflow-wrap:normal}
.labkit .wire .cap b{letter-spacing:.05em;text-transform:uppercase;font-weight:650}
.labkit .wire .why{font:13px/1.45 var(--sans);color:var(--soft);padding-left:.8em;border-left:2px solid var(--session);
margin:.1em 0 .4em}.labkit .wire .token{border-color:var(--token)}
.labkit .wire summary{font:12.5px/1.9 var(--sans);color:var(--soft);cursor:pointer}
.labkit .wire details div{color:var(--soft);font-size:12px;line-height:1.55}
.labkit .wire pre{font:13.5px/1.55 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere;margin:.7em 0 0;padding:0;
background:none;color:inherit;border:0}
"""
_MATTERS = ("Cookie", "Authorization", "X-CSRF-Token", "Origin", "Set-Cookie", "WWW-Authenticate", "Retry-After",
            "Location", "Allow", "Access-Control-Allow-Origin", "X-Lab-Weakness")  # fmt: skip
_BESIDE = ("Host", "Content-Type")
_SPELLED = {"www-authenticate": "WWW-Authenticate", "x-csrf-token": "X-CSRF-Token"}
_ATTRIBUTES = {
    "httponly": "HttpOnly: scripts cannot read it.",
    "secure": "Secure: sent over TLS only.",
    "samesite=lax": "SameSite=Lax: other sites' forms do not carry it.",
    "samesite=strict": "SameSite=Strict: nothing that starts on another site carries it.",
    "samesite=none": "SameSite=None: every site's requests carry it.",
    "max-age=0": "Max-Age=0: the browser throws it away.",
}
_LINES, _WIDTH = 40, 52


@dataclass(frozen=True, slots=True)
class Header:
    """A header line in marked text; `why` is a short note, `rank` 0 what matters, 1 dimmed, 2 folded away."""

    name: str
    value: str
    why: str = ""
    rank: int = 2


class Wire:
    """Exchanges as they went over the wire. Shows itself in a notebook; `print` gives the plain text."""

    def __init__(self, responses: list[requests.Response]) -> None:
        self._exchanges = [_Exchange(response) for response in responses]

    def __repr__(self) -> str:
        return "\n\n".join(exchange.text() for exchange in self._exchanges)

    def _repr_html_(self) -> str:
        return page("".join(exchange.html() for exchange in self._exchanges), _CSS)


class _Exchange:
    """One request and its answer."""

    def __init__(self, response: requests.Response) -> None:
        masker, request = Masker(response), response.request
        self._name, self._tone = clean(client_of(response)), _tone(masker)
        self._start = f"{request.method} {masker.path(request.url or '/')}"
        self._status = masker.text(f"{response.status_code} {response.reason}")
        self._time = _server_time(response)
        host = Header("Host", urlsplit(request.url or "").netloc, rank=1)
        self._asked = [host, *_request_headers(request.headers, masker)]
        self._answered = _answer_headers(response, masker)
        self._body = _body(text_of(request.body or ""), request.headers, masker)
        self._answer = _body(response.text, response.headers, masker)

    def text(self) -> str:
        asked = [f"{self._start} HTTP/1.1", *_plain_headers(self._asked), *_plain_body(self._body)]
        answer = [f"HTTP/1.1 {self._status}", *_plain_headers(self._answered), *_plain_body(self._answer)]
        return plain(
            "\n".join([f"── {self._name} asks", *asked, "", f"── the server answers{self._time}", *answer])
        )

    def html(self) -> str:
        asked = self._half(
            f"<b>request</b> from {markup(self._name)}", markup(self._start), self._asked, self._body
        )
        caption = f"<b>answer</b> {markup(self._status + self._time)}"
        answer = self._half(caption, f"HTTP/1.1 {markup(self._status)}", self._answered, self._answer)
        return f'<div class="wire">{asked}{answer}</div>'

    def _half(self, caption: str, start: str, headers: list[Header], body: str) -> str:
        shown = "".join(self._line(header) for header in headers if header.rank < 2)
        folded = [header for header in headers if header.rank == 2]
        if folded:
            lines = "".join(f"<div>{markup(f'{header.name}: {header.value}')}</div>" for header in folded)
            shown += f"<details><summary>{_more(folded)}</summary>{lines}</details>"
        return (
            f'<div><div class="cap">{caption}</div><div><b>{start}</b></div>{shown}'
            f"{f'<pre>{markup(body)}</pre>' if body else ''}</div>"
        )

    def _line(self, header: Header) -> str:
        line = markup(f"{header.name}: {header.value}")
        if header.rank:
            return f'<div class="dim">{line}</div>'
        why = f'<div class="why {self._tone}">{markup(header.why)}</div>' if header.why else ""
        return f"<div>{line}</div>{why}"


def _tone(masker: Masker) -> str:
    return (
        "token"
        if any(c.kind in ("access", "refresh") for c in [*masker.sent, *masker.received])
        else "session"
    )


def _server_time(response: requests.Response) -> str:
    found = re.search(r"\btotal;dur=([\d.]+)", response.headers.get("Server-Timing", ""))
    return f" · {duration(float(found[1]) * 1000)} in the server" if found else ""


def _spelled(name: str) -> str:
    """Write a header's name as the standards do; on the wire its case means nothing."""
    return _SPELLED.get(name.lower()) or "-".join(part.capitalize() for part in name.split("-"))


def _rank(name: str) -> int:
    return 0 if name in _MATTERS else 1 if name in _BESIDE else 2


def _request_headers(headers: Mapping[str, Any], masker: Masker) -> list[Header]:
    lines = []
    by_place = {credential.where: credential for credential in masker.sent}
    for name, raw in headers.items():
        name, value, why = _spelled(name), masker.text(text_of(raw)), ""
        if name == "Cookie":
            ours = [c for c in masker.sent if c.where == "Cookie"]
            value = "; ".join(f"{c.name}={c.mark}" for c in ours)
            why = "The browser adds it by itself to every request to this host."
            if not value:
                continue
        elif name == "Authorization":
            bearer = by_place.get("Authorization")
            value = f"Bearer {bearer.mark}" if bearer else f"{value.partition(' ')[0]} {HIDDEN}"
            why = (
                "Nothing adds it by itself: the client's own code does. Whoever holds it is let in."
                if bearer
                else ""
            )
        elif name == "X-Csrf-Token" or name == "X-CSRF-Token":
            why = "Shows that this page was read by its sender: another site can send the cookie, but not read this."
        lines.append(Header(name, value, why, _rank(name)))
    return sorted(lines, key=lambda line: line.rank)


def _answer_headers(response: requests.Response, masker: Masker) -> list[Header]:
    lines = [_set_cookie(line, masker) for line in set_cookies(response) if cookie_pair(line)[0] in COOKIES]
    for name, raw in response.headers.items():
        name, value, why = _spelled(name), masker.text(raw), ""
        if name == "Set-Cookie":
            continue
        if name == "WWW-Authenticate":
            why = "Says which credential would be taken here" + (
                ": this one is not good, get a new one." if "invalid_token" in value else "."
            )
        elif name == "Retry-After":
            why = f"Seconds to wait before another try makes sense: {value}."
        elif name == "Date":
            value = "…"
        elif name == "Server-Timing":
            value = re.sub(r"dur=[\d.]+", "dur=…", value)
        lines.append(Header(name, value, why, _rank(name)))
    return sorted(lines, key=lambda line: line.rank)


def _set_cookie(line: str, masker: Masker) -> Header:
    attributes = [part.strip() for part in line.split(";")[1:]]
    why = [_ATTRIBUTES[word.lower()] for word in attributes if word.lower() in _ATTRIBUTES]
    if line.startswith("__Host-"):
        why.insert(0, "__Host-: this host only, TLS only.")
    if not any(word.lower().startswith(("max-age", "expires")) for word in attributes):
        why.append("No Max-Age: forgotten when the browser closes.")
    return Header("Set-Cookie", masker.text(line), " ".join(why), 0)


def _body(text: str, headers: Mapping[str, Any], masker: Masker) -> str:
    """Write a body in marked text: JSON on one line if it fits, else indented; of long ones the beginning."""
    data = parsed(text)
    if data is not None:
        masked = masker.data(data)
        text = json.dumps(masked, ensure_ascii=False)
        if len(plain(text)) > _WIDTH:
            text = json.dumps(masked, ensure_ascii=False, indent=2)
    elif "x-www-form-urlencoded" in text_of(headers.get("Content-Type", "")):
        text = masker.query(text)
    else:
        text = masker.text(text.strip())
    lines = text.splitlines()
    return "\n".join(
        [*lines[:_LINES], f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else lines
    )


def _plain_headers(headers: list[Header]) -> list[str]:
    lines = []
    for header in headers:
        if header.rank < 2:
            lines.append(f"{header.name}: {header.value}")
            lines += [f"    {header.why}"] if header.why else []
    folded = [header for header in headers if header.rank == 2]
    return lines + ([f"({_more(folded)})"] if folded else [])


def _plain_body(body: str) -> list[str]:
    return ["", body] if body else []


def _more(folded: list[Header]) -> str:
    return f"{len(folded)} more header{'s' if len(folded) > 1 else ''}"
