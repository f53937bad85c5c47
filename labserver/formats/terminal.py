"""Text for a terminal: what came from outside may look odd there, and cannot do anything."""

from __future__ import annotations

import re

ACTIVE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for the tab and the end of a line; ESC is one
    "\u2028\u2029"  # ends of lines for some programs and not for others
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # these turn the order of the text around (UAX 9)
    "]"
)
"""Characters that a terminal obeys in place of showing them."""


def visible(text: object) -> str:
    """Write the characters that a terminal would obey as escapes: ESC as \\x1b."""
    return ACTIVE.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))
