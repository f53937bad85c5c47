"""What a JWT is made of: three parts, two of which anybody can read."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from labserver.kit.display.exchange import parsed
from labserver.kit.display.fingerprint import Fingerprint
from labserver.kit.display.html import render
from labserver.kit.display.pretty import pretty
from labserver.kit.display.rich_text import RichText
from labserver.kit.failures import KitError

_NAMES = ("header", "claims", "signature")


class Anatomy:
    """The three parts of a token, taken apart without any key. The token's own text is not shown.

    `header` and `claims` are the JSON in the first two, None where there is none. Raises KitError where the
    token has not three parts (RFC 7515, section 3.1).
    """

    def __init__(self, token: str) -> None:
        self._segments = token.split(".")
        if len(self._segments) != len(_NAMES):
            count = len(self._segments)
            raise KitError(
                f"a JWT has three parts with a dot between; this has {count} part{'s' * (count != 1)}"
            )
        self._title = RichText(Fingerprint.of("access", token), f": {len(token)} characters")
        self.header, self.claims = (
            parsed((_decode(part) or b"").decode("utf-8", "replace")) for part in self._segments[:2]
        )

    def __repr__(self) -> str:
        lines = [str(self._title)]
        for name, size, content in self._parts():
            first, *others = str(content).split("\n")
            lines += [f"{name:<9}  {size:>4} characters  {first}", *(f"{'':27}{line}" for line in others)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return render("anatomy.html", title=self._title, parts=self._parts())

    def _parts(self) -> list[tuple[str, int, RichText]]:
        """Return each part's name, its length in characters, and what it says."""
        read = [_shown(data) for data in (self.header, self.claims)]
        read.append(RichText(_signed(self._segments[2])))
        return [
            (name, len(part), text) for name, part, text in zip(_NAMES, self._segments, read, strict=True)
        ]


def _shown(data: Any) -> RichText:
    return RichText("not JSON") if data is None else pretty(data, room=64)


def _signed(segment: str) -> str:
    signature = _decode(segment)
    if signature is None:
        return "not base64url"
    return f"{len(signature)} bytes; only a check tells whether the key made them" if signature else "nothing"


def _decode(segment: str) -> bytes | None:
    """Undo base64url without padding (RFC 7515, section 2); None if it is not that."""
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
