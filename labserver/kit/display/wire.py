"""The wire: requests and their answers, readable. What matters is full size, the rest is there, dimmed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from labserver.kit.display.exchange import Masker, parsed, text_of
from labserver.kit.display.formatting import clean, duration
from labserver.kit.display.headers import FOLDED, MATTERS, Header, answered_with, asked_with
from labserver.kit.display.html import render
from labserver.kit.display.pretty import pretty
from labserver.kit.display.rich_text import RichText
from labserver.kit.processes.client import client_of, is_attackers, is_guests

_LINES = 40  # of a body


class Wire:
    """Exchanges as they went over the wire. Shows itself in a notebook; `print` writes the plain text."""

    def __init__(self, responses: list[requests.Response]) -> None:
        self._exchanges = [_Exchange(response) for response in responses]

    def __repr__(self) -> str:
        return "\n\n".join(map(str, self._exchanges))

    def _repr_html_(self) -> str:
        return render("wire.html", exchanges=self._exchanges, matters=MATTERS)


class _Exchange:
    """One request and its answer, as they are shown."""

    def __init__(self, response: requests.Response) -> None:
        masker, request = Masker(response), response.request
        kinds = {credential.kind for credential in [*masker.sent, *masker.received]}
        self.series_style = "token" if kinds & {"access", "refresh"} else "session"
        self.client, self.evil = clean(client_of(response)), is_attackers(response)
        self.status = masker.text(f"{response.status_code} {response.reason}")
        self.time = _server_time(response)
        self.request = _Message(
            RichText(f"{request.method} ", masker.path(request.url or "/")),
            asked_with(request, masker, by_hand=self.evil and not is_guests(response)),
            _body(text_of(request.body or ""), request.headers, masker),
        )
        self.answer = _Message(
            RichText("HTTP/1.1 ", self.status),
            answered_with(response, masker),
            _body(_content(response), response.headers, masker),
        )

    def __str__(self) -> str:
        asks = [f"── {self.client} asks", f"{self.request.start} HTTP/1.1", *self.request.lines()]
        answers = [f"── the server answers{self.time}", str(self.answer.start), *self.answer.lines()]
        return "\n".join([*asks, "", *answers])


@dataclass(frozen=True)
class _Message:
    """One direction: the start line, the headers, the body."""

    start: RichText
    headers: list[Header]
    body: RichText

    @property
    def shown(self) -> list[Header]:
        return [header for header in self.headers if header.rank != FOLDED]

    @property
    def folded(self) -> list[Header]:
        return [header for header in self.headers if header.rank == FOLDED]

    @property
    def more(self) -> str:
        count = len(self.folded)
        return f"{count} more header{'s' if count > 1 else ''}" if count else ""

    def lines(self) -> list[str]:
        lines = []
        for header in self.shown:
            lines += [str(header.text), *(f"    {why}" for why in header.why)]
        lines += [f"({self.more})"] if self.more else []
        return [*lines, "", str(self.body)] if self.body else lines


def _body(text: str, headers: Mapping[str, Any], masker: Masker) -> RichText:
    """Mask a body; of a long one, show the beginning."""
    if isinstance(data := parsed(text), dict | list):
        shown = pretty(masker.data(data))
    elif "x-www-form-urlencoded" in text_of(headers.get("Content-Type", "")):
        shown = masker.query(text)
    else:
        shown = masker.text(text.strip())
    lines = shown.split("\n")
    more = [f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return RichText.join("\n", [*lines[:_LINES], *more])


def _content(response: requests.Response) -> str:
    kind = response.headers.get("Content-Type", "")
    readable = not response.content or any(word in kind for word in ("json", "text", "xml", "javascript"))
    return response.text if readable else f"({len(response.content)} bytes of {kind or 'no stated type'})"


def _server_time(response: requests.Response) -> str:
    found = re.search(r"\btotal;dur=([\d.]+)", response.headers.get("Server-Timing", ""))
    return f" · {duration(float(found[1]) * 1000)} in the server" if found else ""
