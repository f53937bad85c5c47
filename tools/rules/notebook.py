"""A notebook as the rules read it: numbered cells, calls found in the code, prose without its markup."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Rule = Callable[["Notebook"], Iterator[tuple[int, str]]]

_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
_DATA_URL = re.compile(r"data:[a-z]+/[a-z+.-]+[;,][^\"')\s]*")


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a cell: its texts by MIME type, streams and errors as text/plain."""

    kind: str
    texts: dict[str, str]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `number` counts from 1, over all cells, as the reader does."""

    number: int
    kind: str
    source: str
    tags: tuple[str, ...]
    count: int | None
    outputs: tuple[Output, ...]
    metadata: dict[str, Any]
    id: str

    @property
    def lines(self) -> int:
        """How many lines the source has."""
        return len(self.source.splitlines())

    @property
    def text(self) -> str:
        """The markdown without its fenced code."""
        return _FENCE.sub("", self.source)

    def headings(self) -> list[tuple[int, str]]:
        """List the headings of the markdown: (level, title)."""
        return [(len(marks), title) for marks, title in _HEADING.findall(self.text)]

    def tree(self) -> ast.Module:
        """The code's syntax tree; lines that only IPython understands are left out."""
        source = "\n".join(
            line for line in self.source.splitlines() if not line.lstrip().startswith(("%", "!"))
        )
        try:
            return ast.parse(source)
        except SyntaxError:
            return ast.Module(body=[], type_ignores=[])

    def calls(self, name: str) -> list[list[Any]]:
        """The arguments of each call of `name`, or of a method as in ".stop": values, else source text."""
        return [
            [arg.value if isinstance(arg, ast.Constant) else ast.unparse(arg) for arg in node.args]
            for node in ast.walk(self.tree())
            if isinstance(node, ast.Call) and _called(node.func) == name
        ]

    def asserts(self) -> bool:
        """Tell whether the code has an assert."""
        return any(isinstance(node, ast.Assert) for node in ast.walk(self.tree()))

    def output_texts(self) -> list[str]:
        """Everything that the outputs say, data URLs left out."""
        return [_DATA_URL.sub("data:", text) for output in self.outputs for text in output.texts.values()]


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook read from its file."""

    path: Path
    cells: tuple[Cell, ...]
    metadata: dict[str, Any]
    minor: int

    @classmethod
    def read(cls, path: Path) -> Notebook:
        """Read a file; raises OSError or ValueError where it is no notebook."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or raw.get("nbformat") != 4:
            raise ValueError(f"{path}: not a notebook of format 4")
        cells = tuple(_cell(number, cell) for number, cell in enumerate(raw["cells"], 1))
        return cls(path, cells, raw["metadata"], raw["nbformat_minor"])

    @property
    def number(self) -> str:
        """The two digits its name begins with."""
        return self.path.name[:2]

    @property
    def code(self) -> list[Cell]:
        """The code cells."""
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def markdown(self) -> list[Cell]:
        """The markdown cells."""
        return [cell for cell in self.cells if cell.kind == "markdown"]

    def calls(self, name: str) -> list[tuple[int, list[Any]]]:
        """List (number of the cell, arguments) of each call of `name`."""
        return [(cell.number, args) for cell in self.code for args in cell.calls(name)]


def _called(function: ast.expr) -> str:
    return f".{function.attr}" if isinstance(function, ast.Attribute) else ast.unparse(function)


def _joined(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _cell(number: int, raw: dict[str, Any]) -> Cell:
    metadata = raw.get("metadata", {})
    return Cell(
        number=number,
        kind=raw["cell_type"],
        source=_joined(raw["source"]),
        tags=tuple(metadata.get("tags", ())),
        count=raw.get("execution_count"),
        outputs=tuple(map(_output, raw.get("outputs", ()))),
        metadata=metadata,
        id=raw.get("id", ""),
    )


def _output(raw: dict[str, Any]) -> Output:
    kind = raw["output_type"]
    if kind == "stream":
        return Output(kind, {"text/plain": _joined(raw["text"])}, ("text/plain",))
    if kind == "error":
        lines = [f"{raw['ename']}: {raw['evalue']}", *raw.get("traceback", ())]
        return Output(kind, {"text/plain": "\n".join(lines)}, ("text/plain",))
    readable = {
        mime: _joined(value)
        for mime, value in raw["data"].items()
        if mime.startswith("text/") or mime.endswith(("xml", "json"))
    }
    return Output(kind, readable, tuple(raw["data"]))
