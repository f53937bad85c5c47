"""What a JWT is made of: three parts, two of which anybody can read."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from labserver.kit.display.fingerprint import Fingerprint
from labserver.kit.display.html import render
from labserver.kit.display.pretty import pretty
from labserver.kit.display.rich_text import RichText
from labserver.kit.display.token_faults import DATES, PARTS, decode, first_fault, is_date, read

_MEANS = {"iat": "issued", "nbf": "not before", "exp": "expires"}


class Anatomy:
    """The three parts of a token, taken apart without any key. The token's own text is not shown.

    `header` and `claims` are the JSON in the first two, None where there is none. Of a broken token as much
    is read as can be, and `fault` names the first thing that is wrong; it is empty if the form is right.
    Whether the signature is good, only a check with the key can tell.
    """

    def __init__(self, token: str) -> None:
        self._segments = token.split(".")
        self.fault = first_fault(self._segments)
        self._title = RichText(Fingerprint.of("access", token), f": {len(token)} characters")
        self.header, self.claims = (read(part) for part in (*self._segments, "", "")[:2])

    @property
    def dates(self) -> dict[str, str]:
        """The claims that are dates, in words: {"exp": "expires 2026-11-26 15:50:00 UTC, …"}."""
        claims = self.claims if isinstance(self.claims, dict) else {}
        issued = claims.get("iat")
        return {name: _date(name, claims[name], issued) for name in DATES if is_date(claims.get(name))}

    def __repr__(self) -> str:
        lines = [str(self._title)]
        for name, size, content in self._parts():
            first, *others = str(content).split("\n")
            lines += [f"{name:<9}  {size:>4} characters  {first}", *(f"{'':27}{line}" for line in others)]
        return "\n".join([*lines, f"fault      {self.fault}"] if self.fault else lines)

    def _repr_html_(self) -> str:
        return render("anatomy.html", title=self._title, parts=self._parts(), fault=self.fault)

    def _parts(self) -> list[tuple[str, int, RichText]]:
        """Return each part's name, its length in characters, and what it says."""
        parts = []
        for number, (name, segment) in enumerate(zip_longest(PARTS, self._segments)):
            if segment is None:
                parts.append((name, 0, RichText("missing")))
            else:
                parts.append((name or f"part {number + 1}", len(segment), self._shown(name, segment)))
        return parts

    def _shown(self, name: str | None, segment: str) -> RichText:
        if name not in ("header", "claims"):
            return RichText(_signed(segment) if name else "not a part of a signed JWT")
        data = self.header if name == "header" else self.claims
        if data is None:
            return RichText("not JSON" if decode(segment) is not None else "not base64url")
        words = [f"{claim}: {text}" for claim, text in self.dates.items()] if name == "claims" else []
        return RichText.join("\n", [pretty(data, room=64), *map(RichText, words)])


def _date(name: str, seconds: float, issued: Any) -> str:
    """Say when that is, and how long after the token was issued."""
    try:
        when = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, OSError, ValueError):
        return f"{_MEANS[name]} outside of any calendar"
    if name == "iat" or not is_date(issued):
        return f"{_MEANS[name]} {when}"
    return f"{_MEANS[name]} {when}, {_span(seconds - issued)} iat"


def _span(seconds: float) -> str:
    """Write a distance in time exactly: `15 min after`, `90 s before`, `at the same time as`."""
    if not seconds:
        return "at the same time as"
    size = abs(seconds)
    unit, length = next(
        (pair for pair in (("d", 86400), ("h", 3600), ("min", 60)) if size % pair[1] == 0), ("s", 1)
    )
    return f"{size / length:g} {unit} {'after' if seconds > 0 else 'before'}"


def _signed(segment: str) -> str:
    signature = decode(segment)
    if signature is None:
        return "not base64url"
    return f"{len(signature)} bytes; only a check tells whether the key made them" if signature else "nothing"
