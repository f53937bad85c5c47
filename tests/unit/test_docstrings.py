"""A public method has a docstring, of its own or of what it overrides or implements; what raises says so.

Ruff's D102 asks for one of its own everywhere; the subclasses that change one step would only repeat it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from tests.conftest import ROOT

ROOMS = ("labserver", "launcher", "tools")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Class(NamedTuple):
    """A class as it is written. `bases` are names, without the module and without what is in brackets."""

    where: str
    node: ast.ClassDef
    bases: list[str]
    methods: dict[str, Function]
    attributes: set[str]

    @property
    def is_protocol(self) -> bool:
        return "Protocol" in self.bases


def read(where: str, tree: ast.Module) -> Iterator[Class]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]
            # Of a property's functions the first one has the docstring.
            methods = {each.name: each for each in reversed(node.body) if isinstance(each, Function)}
            names = [each for each in ast.walk(node) if isinstance(each, ast.Attribute | ast.Name)]
            assigned = {ast.unparse(each) for each in names if isinstance(each.ctx, ast.Store)}
            attributes = {name.removeprefix("self.") for name in assigned}
            yield Class(where, node, bases, methods, attributes)


@cache
def trees() -> dict[str, ast.Module]:
    paths = sorted(path for room in ROOMS for path in (ROOT / room).glob("**/*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_bytes()) for path in paths}


@cache
def classes() -> list[Class]:
    return [each for where, tree in trees().items() for each in read(where, tree)]


def stands_for(one: Class, known: list[Class]) -> Iterator[Class]:
    """List what a class can be used as: itself, its bases, the protocols all of whose members it has."""
    yield one
    members = one.methods.keys() | one.attributes
    for other in known:
        if other.node.name in one.bases and other is not one:
            yield from stands_for(other, known)
        elif other.is_protocol and other.methods and other.methods.keys() <= members:
            yield other


def public(one: Class, known: list[Class]) -> Iterator[tuple[str, Function, str]]:
    """List the public methods of a class, each with all the docstrings that say what it does."""
    if one.node.name.startswith("_"):
        return
    roles = list(stands_for(one, known))
    for name, method in one.methods.items():
        if not name.startswith("_"):
            found = [ast.get_docstring(role.methods[name]) for role in roles if name in role.methods]
            yield name, method, "\n".join(filter(None, found))


def undocumented(one: Class, known: list[Class]) -> list[str]:
    return [name for name, _, docstrings in public(one, known) if not docstrings]


def test_every_public_method_has_a_docstring() -> None:
    missing = [
        f"{one.where}: {one.node.name}.{name}" for one in classes() for name in undocumented(one, classes())
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
    known = list(read("odd.py", ast.parse(text)))
    assert undocumented(known[-1], known) == missing


def raised(function: Function) -> set[str]:
    """Name the exceptions in a function's own `raise` statements; a method that subclasses write has none."""
    found, todo = set(), list[ast.AST](function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, Function | ast.Lambda):
            continue
        if isinstance(node, ast.Raise) and node.exc:
            name = ast.unparse(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
            found.add(name.rpartition(".")[2])
        todo += ast.iter_child_nodes(node)
    return {name for name in found if name[0].isupper()} - {"NotImplementedError"}


def silent(where: str, tree: ast.Module, known: list[Class]) -> list[str]:
    """List the public functions and methods that raise something, while no docstring says so."""
    # A decorator with arguments registers a script: an attack's docstring is the sentence of the report.
    functions = [
        ("", each.name, each, ast.get_docstring(each) or "")
        for each in tree.body
        if isinstance(each, Function) and not any(isinstance(one, ast.Call) for one in each.decorator_list)
    ]
    methods = [
        (f"{one.node.name}.", name, method, f"{docstrings} {ast.get_docstring(one.node)}")
        for one in known
        if one.where == where
        for name, method, docstrings in public(one, known)
    ]
    return [
        f"{place}{name}"
        for place, name, function, docstrings in (*functions, *methods)
        if not name.startswith("_") and raised(function) and "raise" not in docstrings.lower()
    ]


def test_what_raises_says_so() -> None:
    found = [f"{where}: {name}" for where, tree in trees().items() for name in silent(where, tree, classes())]
    assert found == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f():\n    'Do it.'\n    raise m.Odd('x')", ["f"]),
        ("def f():\n    'Do it.'\n    if x:\n        raise Odd", ["f"]),
        ("def f():\n    'Do it. Raises Odd.'\n    raise Odd", []),
        ("def f():\n    'Do it.'\n    raise error", []),
        ("def f():\n    'Do it.'\n    def g():\n        raise Odd", []),
        ("def _f():\n    raise Odd", []),
        ("@attack(family='x')\ndef f():\n    'Do it.'\n    raise NotTried('x')", []),
        ("class A:\n    'A thing.'\n    def f(self):\n        'Do it.'\n        raise Odd", ["A.f"]),
        ("class A:\n    'Each raises Odd.'\n    def f(self):\n        'Do it.'\n        raise Odd", []),
        ("class A:\n    def f(self):\n        'Do it.'\n        raise NotImplementedError", []),
    ],
)
def test_what_raises_in_silence_is_found(text: str, names: list[str]) -> None:
    tree = ast.parse(text)
    assert silent("odd.py", tree, list(read("odd.py", tree))) == names
