"""A public method has a docstring, of its own or of what it overrides or implements.

Ruff's D102 asks for one of its own everywhere; the subclasses that change one step would only repeat it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

import pytest

from tests.conftest import ROOT

ROOMS = ("labserver", "launcher", "tools")


class Class(NamedTuple):
    """A class as it is written: the names of its bases, which methods have a docstring, the attributes."""

    where: str
    name: str
    bases: list[str]
    methods: dict[str, bool]
    attributes: set[str]

    @property
    def is_protocol(self) -> bool:
        return "Protocol" in self.bases


def read(where: str, text: str) -> Iterator[Class]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            # The name alone: `sessions.Sessions`, `Generic[T]`.
            bases = [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]
            methods = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            documented = {each.name: bool(ast.get_docstring(each)) for each in reversed(methods)}
            targets = [each for each in ast.walk(node) if isinstance(each, ast.Attribute | ast.Name)]
            assigned = {ast.unparse(each) for each in targets if isinstance(each.ctx, ast.Store)}
            attributes = {name.removeprefix("self.") for name in assigned}
            yield Class(where, node.name, bases, documented, attributes)


@cache
def classes() -> list[Class]:
    paths = sorted(path for room in ROOMS for path in (ROOT / room).glob("**/*.py"))
    return [
        each
        for path in paths
        for each in read(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]


def stands_for(one: Class, known: list[Class]) -> Iterator[Class]:
    """List what a class can be used as: itself, its bases, the protocols all of whose members it has."""
    yield one
    members = one.methods.keys() | one.attributes
    for other in known:
        if other.name in one.bases and other is not one:
            yield from stands_for(other, known)
        elif other.is_protocol and other.methods and other.methods.keys() <= members:
            yield other


def undocumented(one: Class, known: list[Class]) -> list[str]:
    if one.name.startswith("_"):
        return []
    documented = set(
        chain.from_iterable(
            (name for name, has in each.methods.items() if has) for each in stands_for(one, known)
        )
    )
    return [name for name in one.methods if not name.startswith("_") and name not in documented]


def test_every_public_method_has_a_docstring() -> None:
    missing = [
        f"{one.where}: {one.name}.{name}" for one in classes() for name in undocumented(one, classes())
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("class A:\n    def f(self): ...", ["f"]),
        ("class A:\n    async def f(self): ...", ["f"]),
        ("class A:\n    def f(self): 'Do it.'", []),
        ("class A:\n    def _f(self): ...", []),
        ("class _A:\n    def f(self): ...", []),
        ("class B:\n    def f(self): 'Do it.'\nclass A(m.B[int]):\n    def f(self): ...", []),
        ("class B:\n    def f(self): 'Do it.'\nclass A(C):\n    def f(self): ...", ["f"]),
        ("class P(Protocol):\n    def f(self): 'Do it.'\nclass A:\n    def f(self): ...", []),
        (
            "class P(Protocol):\n    def f(self): 'Do it.'\n    def g(self): 'Undo it.'\n"
            "class A:\n    def f(self): ...",
            ["f"],
        ),
    ],
)
def test_a_method_without_one_is_found(text: str, missing: list[str]) -> None:
    known = list(read("odd.py", text))
    assert undocumented(known[-1], known) == missing
