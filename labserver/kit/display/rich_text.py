"""Text with fingerprints in it. A fingerprint is an object, so no character of the text is special."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from markupsafe import Markup

from labserver.kit.display.fingerprint import Fingerprint
from labserver.kit.display.formatting import clean

Span = str | Fingerprint


class RichText:
    """A sequence of spans, each a string or a Fingerprint. Strings are made harmless (see `clean`).

    `str` returns it for a terminal, `__html__` and `svg` for a page and a picture, escaped. Its length is the
    number of characters it shows.
    """

    __slots__ = ("spans",)

    def __init__(self, *pieces: Span | RichText) -> None:
        spans: list[Span] = []
        for piece in pieces:
            for span in piece.spans if isinstance(piece, RichText) else (piece,):
                if isinstance(span, Fingerprint):
                    spans.append(span)
                elif spans and isinstance(spans[-1], str):
                    spans[-1] += clean(span)
                elif span:
                    spans.append(clean(span))
        self.spans: tuple[Span, ...] = tuple(spans)

    def __str__(self) -> str:
        return "".join(map(str, self.spans))

    def __repr__(self) -> str:
        return f"RichText({', '.join(map(repr, self.spans))})"

    def __len__(self) -> int:
        return len(str(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RichText) and self.spans == other.spans

    def __hash__(self) -> int:
        return hash(self.spans)

    def __html__(self) -> Markup:
        return Markup().join(self.spans)

    def svg(self) -> Markup:
        """Write it as the content of an SVG text element, escaped."""
        return Markup().join(span.svg() if isinstance(span, Fingerprint) else span for span in self.spans)

    def replace(self, pattern: re.Pattern[str], make: Callable[[str], Fingerprint]) -> RichText:
        """Put a fingerprint in place of each text that the pattern finds."""
        pieces: list[Span] = []
        for span in self.spans:
            if isinstance(span, Fingerprint):
                pieces.append(span)
                continue
            end = 0
            for found in pattern.finditer(span):
                pieces += [span[end : found.start()], make(found[0])]
                end = found.end()
            pieces.append(span[end:])
        return RichText(*pieces)

    def split(self, pattern: str) -> list[RichText]:
        """Split the strings where the pattern matches; a fingerprint is never split."""
        parts: list[list[Span]] = [[]]
        for span in self.spans:
            first, *others = [span] if isinstance(span, Fingerprint) else re.split(pattern, span)
            parts[-1].append(first)
            parts += [[other] for other in others]
        return [RichText(*part) for part in parts]

    @staticmethod
    def join(separator: str, pieces: Iterable[Span | RichText]) -> RichText:
        """Put the pieces together, with the separator between them."""
        spread = [part for piece in pieces for part in (separator, piece)]
        return RichText(*spread[1:])


def wrap(text: RichText, room: int) -> list[RichText]:
    """Break text into lines of at most `room` characters; a longer word loses its middle."""
    lines = [RichText()]
    for word in text.split(" +"):
        short = word if len(word) <= room else _shorten(word, room)
        if lines[-1] and len(lines[-1]) + 1 + len(short) > room:
            lines.append(short)
        else:
            lines[-1] = RichText(lines[-1], " ", short) if lines[-1] else short
    return lines


def _shorten(word: RichText, room: int) -> RichText:
    """Cut the middle out of a word; fingerprints in it go first, since half of one is none."""
    bare = "".join("…" if isinstance(span, Fingerprint) else span for span in word.spans)
    half = max(1, (room - 1) // 2)
    return RichText(bare if len(bare) <= room else f"{bare[:half]}…{bare[-half:]}")
