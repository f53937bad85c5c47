"""Rules on what is read: length, headings, text for every picture, links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from tools.rules.notebook import Notebook, Rule
from tools.rules.shape import limits

_FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
_MARKUP = re.compile(r"<!--.*?-->|<[^>]+>|\]\([^)]*\)|^[\s|:-]+$", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"[^\W_][\w'’./-]*")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)[^)]*\)|<a\s[^>]*href=\"([^\"]+)\"")
_IMG = re.compile(r"<img\b[^>]*>")
_SVG = re.compile(r"<svg\b[^>]*>.*?</svg>", re.DOTALL)


def words_in(notebook: Notebook) -> int:
    """Count the words that a reader meets; what is folded away is read by choice."""
    text = "\n".join(_FOLDED.sub("", cell.text) for cell in notebook.markdown)
    return len(_WORD.findall(_MARKUP.sub(" ", text)))


def words(notebook: Notebook) -> Iterator[tuple[int, str]]:
    low, high = limits(notebook).words
    count = words_in(notebook)
    if not low <= count <= high:
        yield 0, f"has {count} words; {low} to {high} are wanted"


def headings(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """One title, then no level left out on the way down."""
    last = 0
    for cell in notebook.markdown:
        for level, title in cell.headings():
            if level == 1 and last:
                yield cell.number, f"a second title: {title!r}"
            if level > last + 1:
                yield cell.number, f"{title!r} is level {level} below level {last}"
            last = level


def alternatives(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Every picture has a text: alt for images, a title or a label for SVG."""
    for cell in notebook.cells:
        shown = [cell.text] if cell.kind == "markdown" else cell.output_texts()
        for text in shown:
            if any(not alt.strip() for alt, _ in _IMAGE.findall(text)) and cell.kind == "markdown":
                yield cell.number, "an image without alternative text"
            if any(not re.search(r'\balt="[^"]+"', tag) for tag in _IMG.findall(text)):
                yield cell.number, "an <img> without alt"
            if any(
                not re.search(r"<title|aria-label|aria-hidden=\"true\"", svg) for svg in _SVG.findall(text)
            ):
                yield cell.number, "an <svg> without <title> or aria-label"


def links(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Relative links lead to a file that is there, anchors to a heading of this notebook."""
    anchors = {title.replace(" ", "-") for cell in notebook.markdown for _, title in cell.headings()}
    for cell in notebook.markdown:
        targets = [first or second for first, second in _LINK.findall(cell.text)]
        targets += [source for _, source in _IMAGE.findall(cell.text)]
        for target in targets:
            place, _, anchor = unquote(target).partition("#")
            if re.match(r"[a-z]+:", place):
                continue  # addresses are a rule of their own
            if place and not (notebook.path.parent / place).exists():
                yield cell.number, f"the link to {target} leads nowhere"
            if not place and anchor not in anchors:
                yield cell.number, f"no heading for {target}"


RULES: tuple[Rule, ...] = (words, headings, alternatives, links)
