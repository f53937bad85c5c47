"""Show how a check went, as text and as HTML; the same run always reads the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from labserver.kit.display.html import render

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_WIDTH = 160


def shorten(value: object, show: Callable[[object], str] = repr) -> str:
    """Write a value in at most 160 characters, the middle left out, without memory addresses."""
    try:
        text = _ADDRESS.sub("", show(value))
    except Exception as error:  # a learner's own __repr__ may fail
        text = f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"
    if len(text) <= _WIDTH:
        return text
    half = _WIDTH // 2 - 2
    return f"{text[:half]} … {text[-half:]}"


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The result of a check: which exercise, how many cases are right, and the first that is not."""

    name: str
    right: int
    total: int
    state: str
    """One of "right", "not yet", "not written yet", "not run"."""

    note: str = ""
    given: tuple[tuple[str, str], ...] = ()
    expected: str = ""
    got: str = ""
    why: str = ""
    args: tuple[Any, ...] = ()
    """The arguments of the failing case, to call the function with once more: `f(*verdict.args)`."""

    case: str = ""
    """The failing case's own name, if it has one: the attack that got in."""

    also: tuple[str, ...] = ()
    """The names of the others that failed."""

    @property
    def passed(self) -> bool:
        """Whether all cases are right."""
        return self.state == "right"

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        if self.given:
            first = f"{self.name}: {self.state}, {self.right} of {self.total} cases. The first that differs:"
            return f"{first} {self.case}" if self.case else first
        if self.passed:
            return f"{self.name}: {self.state}, {self.right} of {self.total} cases."
        return f"{self.name}: {self.state}."

    def _rows(self) -> list[tuple[str, str]]:
        if not self.given:
            return []
        given = "\n".join(f"{name} = {value}" if name else value for name, value in self.given)
        rows = [("given", given), ("expected", self.expected), ("got", self.got), ("why", self.why)]
        also = "; ".join(
            name.removesuffix(".") for name in self.also
        )  # a name may be a sentence, with commas
        return [*rows, ("also", also)] if also else rows

    def __repr__(self) -> str:
        lines = [self.headline]
        if self.note:
            lines.append(self.note)
        for label, text in self._rows():
            lines += [
                f"  {name:<10}{line}" for name, line in zip_longest([label], text.split("\n"), fillvalue="")
            ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return render("verdict.html", verdict=self, rows=self._rows(), prose=("why", "also"))
