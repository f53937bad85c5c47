"""Rules that keep nbval honest: what it would pass without comparing must not get into git."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.rules.notebook import Notebook, Rule

_TAGS = {"raises-exception", "nbval-ignore-output", "nbval-check-output", "public-example"}
_TAG_COMMENT = re.compile(r"#\s*(NBVAL_|PYTEST_VALIDATE)")
_BARE = re.compile(r"<[^>\n]*( object| at 0x)|<Figure")


def executed(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """nbval never compares a cell without a count; counts out of order come from a kernel that knew more."""
    if not any(cell.count for cell in notebook.code):
        yield 0, "was never run"
        return
    for expected, cell in enumerate(notebook.code, 1):
        if cell.count != expected:
            yield cell.number, f"has execution count {cell.count}, and from a fresh kernel it is {expected}"


def errors(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """A raises-exception cell without a stored error passes even when nothing is raised any more."""
    for cell in notebook.code:
        stored = any(output.kind == "error" for output in cell.outputs)
        if "raises-exception" in cell.tags and not stored:
            yield cell.number, "is tagged raises-exception and has no stored error"
        if stored and "raises-exception" not in cell.tags:
            yield cell.number, "has an error among its outputs"


def pictures(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """nbval compares no pictures: the data behind each is asserted, there or in the next code cell."""
    code = notebook.code
    for cell, following in zip(code, [*code[1:], None], strict=True):
        drawn = any(mime.startswith("image/") for output in cell.outputs for mime in output.types)
        if drawn and not cell.asserts() and not (following and following.asserts()):
            yield cell.number, "draws a picture; assert on its data here or in the next code cell"


def tags(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Tags are kept in the metadata, spelled right, and never skip a cell."""
    for cell in notebook.cells:
        for tag in sorted(set(cell.tags) - _TAGS):
            yield cell.number, f"has the tag {tag!r}; known are {', '.join(sorted(_TAGS))}"
        if cell.kind == "code" and _TAG_COMMENT.search(cell.source):
            yield cell.number, "has a comment for nbval; use a cell tag, as learners read the code"


def ignored(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Only timings are ignored, so there are few such cells."""
    cells = [cell.number for cell in notebook.code if "nbval-ignore-output" in cell.tags]
    if len(cells) > 3:
        yield 0, f"ignores the output of cells {', '.join(map(str, cells))}; at most 3 may show timings"


def text_forms(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Untrusted notebooks, terminals and screen readers get the plain text, so it has to say something."""
    for cell in notebook.code:
        for output in cell.outputs:
            plain = output.texts.get("text/plain", "")
            rich = {"text/html", "image/svg+xml"} & set(output.types)
            emptied = not any(output.texts.values())  # what showed progress while the cell ran
            if rich and not emptied and (not plain.strip() or _BARE.search(plain)):
                yield cell.number, "has a rich output without a plain-text form"


def metadata(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """The file holds what every machine writes alike."""
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield 0, "the kernelspec is not python3"
    version = "version" in notebook.metadata.get("language_info", {})
    if set(notebook.metadata) - {"kernelspec", "labserver", "language_info"} or version:
        yield 0, "has metadata of one machine; `python -m tools.notebook run` tidies it"
    if notebook.minor < 5 or len({cell.id for cell in notebook.cells}) != len(notebook.cells):
        yield 0, "cell ids are missing or not unique"
    for cell in notebook.cells:
        if set(cell.metadata) - {"tags"}:
            yield cell.number, f"has metadata {sorted(set(cell.metadata) - {'tags'})}"


RULES: tuple[Rule, ...] = (executed, errors, pictures, tags, ignored, text_forms, metadata)
