"""Rules on code that somebody with a year of Python reads at once, and on words that are explained."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.rules.notebook import Notebook, Rule

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def simple(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """No stand-ins for a class, no keys that are tuples, no comprehension over two lines."""
    for cell in notebook.code:
        for node in ast.walk(cell.tree()):
            if isinstance(node, ast.Name) and node.id == "SimpleNamespace":
                yield cell.number, "uses SimpleNamespace; write a dictionary or a small class"
            if isinstance(node, ast.Dict) and any(isinstance(key, ast.Tuple) for key in node.keys):
                yield cell.number, "has a dictionary whose keys are tuples"
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and not _type(node):
                yield cell.number, f"takes by a tuple: {ast.unparse(node)}"
            if isinstance(node, _COMPREHENSIONS) and node.end_lineno != node.lineno:
                yield cell.number, "has a comprehension over two lines; write a loop"


def _type(node: ast.Subscript) -> bool:
    """Tell whether this is a type, as in `dict[str, int]`."""
    return ast.unparse(node.value) in ("dict", "tuple")


def explained(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """The first cell leads to the glossary."""
    if "](glossary.md)" not in notebook.cells[0].source:
        yield 1, "does not link to the [glossary](glossary.md)"


RULES: tuple[Rule, ...] = (simple, explained)
