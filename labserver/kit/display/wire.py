"""The wire: requests and their answers, readable. What matters is full size, the rest is there, dimmed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import requests

from labserver.kit.display.exchange import Masker, parsed, text_of
from labserver.kit.display.formatting import clean, duration, markup, page, plain
from labserver.kit.display.headers import FOLDED, MATTERS, Header, answered_with, asked_with
from labserver.kit.display.shapes import mask
from labserver.kit.processes.client import client_of, is_attackers, is_guests

_GLYPH = f'<svg viewBox="0 0 20 14" width="17" height="12" aria-hidden="true">{mask(0, 0)}</svg> '
_LINES = 40  # of a body
_WIDTH = 44  # characters that fit on one line of it


class Wire:
    """Exchanges as they went over the wire. Shows itself in a notebook; `print` gives the plain text."""

    def __init__(self, responses: list[requests.Response]) -> None:
        self._exchanges = [_Exchange(response) for response in responses]

    def __repr__(self) -> str:
        return "\n\n".join(exchange.text() for exchange in self._exchanges)

    def _repr_html_(self) -> str:
        return page("".join(exchange.html() for exchange in self._exchanges), "wire")


class _Exchange:
    """One request and its answer, in marked text."""

    def __init__(self, response: requests.Response) -> None:
        masker, request = Masker(response), response.request
        credentials = [*masker.sent, *masker.received]
        self._series_style = (
            "token" if any(c.kind in ("access", "refresh") for c in credentials) else "session"
        )
        self._name, self._evil = clean(client_of(response)), is_attackers(response)
        self._start = f"{request.method} {masker.path(request.url or '/')}"
        self._status = masker.text(f"{response.status_code} {response.reason}")
        self._time = _server_time(response)
        self._asked = asked_with(request, masker, by_hand=self._evil and not is_guests(response))
        self._sent = _body(text_of(request.body or ""), request.headers, masker)
        self._answered = answered_with(response, masker)
        self._got = _body(_content(response), response.headers, masker)

    def text(self) -> str:
        request = [f"── {self._name} asks", f"{self._start} HTTP/1.1", *_plain(self._asked, self._sent)]
        answer = [
            f"── the server answers{self._time}",
            f"HTTP/1.1 {self._status}",
            *_plain(self._answered, self._got),
        ]
        return plain("\n".join([*request, "", *answer]))

    def html(self) -> str:
        name = f'{_GLYPH}<span class="evil">{markup(self._name)}</span>' if self._evil else markup(self._name)
        request = self._half(f"<b>request</b> · {name}", self._start, self._asked, self._sent)
        caption = f"<b>answer</b> · {markup(self._status + self._time)}"
        answer = self._half(caption, f"HTTP/1.1 {self._status}", self._answered, self._got)
        return f'<div class="wire">{request}{answer}</div>'

    def _half(self, caption: str, start: str, headers: list[Header], body: str) -> str:
        shown = "".join(self._line(header) for header in headers if header.rank != FOLDED)
        if folded := [header for header in headers if header.rank == FOLDED]:
            lines = "".join(f"<div>{markup(str(header))}</div>" for header in folded)
            shown += f"<details><summary>{_more(folded)}</summary>{lines}</details>"
        written = f"<pre>{markup(body)}</pre>" if body else ""
        return f'<div><div class="cap">{caption}</div><div><b>{markup(start)}</b></div>{shown}{written}</div>'

    def _line(self, header: Header) -> str:
        if header.rank != MATTERS:
            return f'<div class="dim">{markup(str(header))}</div>'
        why = "<br>".join(map(markup, header.why))
        return f"<div>{markup(str(header))}</div>" + (
            f'<div class="why {self._series_style}">{why}</div>' if why else ""
        )


def pretty(data: Any, room: int = _WIDTH, indent: int = 0) -> str:
    """Write JSON so that whatever fits on a line stands on one."""
    line = json.dumps(data, ensure_ascii=False)
    if len(plain(line)) <= room - indent or not isinstance(data, dict | list) or not data:
        return line
    pad = " " * (indent + 2)
    if isinstance(data, list):
        items, brackets = [pretty(item, room, indent + 2) for item in data], "[]"
    else:
        named = {json.dumps(name, ensure_ascii=False): value for name, value in data.items()}
        items, brackets = (
            [f"{name}: {pretty(value, room, indent + 2)}" for name, value in named.items()],
            "{}",
        )
    return f"{brackets[0]}\n{pad}" + f",\n{pad}".join(items) + f"\n{' ' * indent}{brackets[1]}"


def _body(text: str, headers: Mapping[str, Any], masker: Masker) -> str:
    """Write a body in marked text, of a long one the beginning."""
    if isinstance(data := parsed(text), dict | list):
        text = pretty(masker.data(data))
    elif "x-www-form-urlencoded" in text_of(headers.get("Content-Type", "")):
        text = masker.query(text)
    else:
        text = masker.text(text.strip())
    lines = text.splitlines()
    return "\n".join(
        lines if len(lines) <= _LINES else [*lines[:_LINES], f"… {len(lines) - _LINES} more lines"]
    )


def _content(response: requests.Response) -> str:
    kind = response.headers.get("Content-Type", "")
    readable = not response.content or any(word in kind for word in ("json", "text", "xml", "javascript"))
    return response.text if readable else f"({len(response.content)} bytes of {kind or 'no stated type'})"


def _server_time(response: requests.Response) -> str:
    found = re.search(r"\btotal;dur=([\d.]+)", response.headers.get("Server-Timing", ""))
    return f" · {duration(float(found[1]) * 1000)} in the server" if found else ""


def _plain(headers: list[Header], body: str) -> list[str]:
    lines = []
    for header in headers:
        if header.rank != FOLDED:
            lines += [str(header), *(f"    {why}" for why in header.why)]
    folded = [header for header in headers if header.rank == FOLDED]
    return [*lines, *([f"({_more(folded)})"] if folded else []), *(["", body] if body else [])]


def _more(folded: list[Header]) -> str:
    return f"{len(folded)} more header{'s' if len(folded) > 1 else ''}"
