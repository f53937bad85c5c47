"""The learner's functions beside those of the lab's own server that do the same."""

from __future__ import annotations

import ast
import difflib
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labserver.kit.capstone.step import Excerpt, Step
from labserver.kit.display.html import render
from labserver.kit.processes.own_server import read_source

ROOT = Path(__file__).resolve().parents[2]
"""The folder labserver/."""

TINY = ROOT / "tiny.py"


@dataclass(frozen=True)
class Piece:
    """Some lines of code: where they stand, and the lines."""

    place: str
    text: str
    link: str = ""
    """Where a notebook's reader finds the whole file; empty for the reader's own."""


@dataclass(frozen=True, repr=False)
class CodeComparison:
    """What the learner changed in a step's functions, and what the lab's own server has in their place."""

    yours: Sequence[Piece]
    ours: Sequence[Piece]

    def __repr__(self) -> str:
        parts = [("yours", piece) for piece in self.yours] + [("ours", piece) for piece in self.ours]
        return "\n\n".join(f"{whose}: {piece.place}\n{piece.text}" for whose, piece in parts)

    def _repr_html_(self) -> str:
        return render("comparison.html", comparison=self)


def compare(step: Step, file: Path) -> CodeComparison:
    """Put a learner's functions beside ours. Raises KitError if the file cannot be read."""
    source, tiny = read_source(file), TINY.read_text(encoding="utf-8")
    yours = []
    for name in step.yours:
        now, before = excerpt(source, name), excerpt(tiny, name)
        text = changes(before, now) if now else "There is no function of this name in your file any more."
        yours.append(Piece(f"{file.name}, {name}, changed since tiny.py", text))
    shown = "\n".join(piece.text for piece in yours)
    for name in new_functions(source, tiny):
        if re.search(rf"\b{name}\(", shown):
            yours.append(Piece(f"{file.name}, {name}, new", excerpt(source, name)))
    return CodeComparison(yours, [our_piece(one) for one in step.ours])


def our_piece(one: Excerpt) -> Piece:
    """Read an excerpt of the lab's own server. Raises LookupError if it is not there."""
    text = excerpt((ROOT / one.file).read_text(encoding="utf-8"), one.name)
    if not text:
        raise LookupError(f"labserver/{one.file} has no {one.name}")
    return Piece(f"labserver/{one.file}, {one.name}", text, f"../labserver/{one.file}")


def new_functions(source: str, tiny: str) -> list[str]:
    """Name the functions of a file that tiny.py has not."""
    names = [
        [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
        for text in (source, tiny)
    ]
    return [name for name in dict.fromkeys(names[0]) if name not in names[1]]


def changes(before: str, now: str) -> str:
    """Write the lines of a function, with + and - where they differ from before."""
    lines = difflib.ndiff(before.splitlines(), now.splitlines())
    return "\n".join(line.rstrip() for line in lines if not line.startswith("?"))


def excerpt(source: str, name: str) -> str:
    """Return the text of a function or class, as in "Sessions.check"; empty if it is not there."""
    try:
        found: ast.AST | None = ast.parse(source)
    except SyntaxError:
        return ""
    for part in name.split("."):
        found = next((node for node in ast.walk(found) if _is_named(node, part)), None) if found else None
    if not isinstance(found, ast.FunctionDef | ast.ClassDef):
        return ""
    first = min([found.lineno, *(decorator.lineno for decorator in found.decorator_list)])
    return textwrap.dedent("\n".join(source.splitlines()[first - 1 : found.end_lineno]))


def _is_named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
