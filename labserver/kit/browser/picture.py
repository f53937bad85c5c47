"""A picture of a page, with its text."""

from __future__ import annotations

import base64

from markupsafe import Markup

NOTHING = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="
)
"""One transparent pixel: where there is no browser, the words alone are left."""


class TabPicture:
    """A picture in PNG, and words for what it shows."""

    def __init__(self, words: str, png: bytes = NOTHING) -> None:
        self.words, self.png = words, png

    def __repr__(self) -> str:
        return f"Picture: {self.words}"

    def _repr_html_(self) -> str:
        source = f"data:image/png;base64,{base64.b64encode(self.png).decode()}"
        style = "max-width:100%;border:1px solid #8886;border-radius:8px"
        return str(Markup('<img alt="{}" style="{}" src="{}">').format(self.words, style, source))
