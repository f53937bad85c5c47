"""JSON for people: what fits on a line stands on one line."""

from __future__ import annotations

import json
from typing import Any

from labserver.kit.display.fingerprint import Fingerprint
from labserver.kit.display.rich_text import RichText

WIDTH = 44
"""Characters that fit on one line of the wire."""


def pretty(data: Any, room: int = WIDTH, indent: int = 0) -> RichText:
    """Write JSON in lines of at most `room` characters where possible. Strings and names may be RichText."""
    line = _line(data)
    if len(line) <= room - indent or not isinstance(data, dict | list) or not data:
        return line
    pad = " " * (indent + 2)
    if isinstance(data, list):
        items, brackets = [pretty(item, room, indent + 2) for item in data], "[]"
    else:
        named = [(_line(name), pretty(value, room, indent + 2)) for name, value in data.items()]
        items, brackets = [RichText(name, ": ", value) for name, value in named], "{}"
    inside = RichText.join(f",\n{pad}", items)
    return RichText(f"{brackets[0]}\n{pad}", inside, f"\n{' ' * indent}{brackets[1]}")


def _line(data: Any) -> RichText:
    """Write JSON on one line."""
    if isinstance(data, list):
        return RichText("[", RichText.join(", ", map(_line, data)), "]")
    if isinstance(data, dict):
        items = (RichText(_line(name), ": ", _line(value)) for name, value in data.items())
        return RichText("{", RichText.join(", ", items), "}")
    if isinstance(data, RichText):
        spans = (s if isinstance(s, Fingerprint) else _json(s)[1:-1] for s in data.spans)
        return RichText('"', *spans, '"')
    return RichText(_json(data))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
