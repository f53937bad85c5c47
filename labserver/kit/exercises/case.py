"""What an exercise is made of: calls with known answers, each with the reason why it matters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Raises:
    """Stand in for a value where a case expects an exception of this kind."""

    kind: type[Exception]

    def __repr__(self) -> str:
        return f"raises {self.kind.__name__}"


@dataclass(frozen=True, slots=True)
class Case:
    """One call: its arguments, the answer expected, and why that answer matters."""

    args: tuple[Any, ...]
    expect: Any
    why: str
    name: str = ""
    """What the call is, where a name tells more than its number: an attack's, or a broken function's."""

    shown: tuple[str, ...] = ()
    """The arguments in words, one for each, where their own text says little: a token, a function."""

    scenario: Callable[..., Any] | None = None
    """Where one call does not show enough: it is called with the learner's function or class, then the
    arguments, and returns what is compared."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise; its cases run in order, so the plain one comes first."""

    name: str
    """As in `check("02-is-live", is_live)`: the notebook's number, then the function's name."""

    call: str
    """The function with its parameters, as in "is_live(session, now)"."""

    goal: str
    cases: tuple[Case, ...]
    done: str = ""
    """One sentence for the learner whose function passes."""

    @property
    def notebook(self) -> str:
        """The number of its notebook, as in "02"."""
        return self.name.partition("-")[0]

    @property
    def function(self) -> str:
        """The function's name."""
        return self.call.partition("(")[0]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters, in order."""
        inside = self.call.partition("(")[2].rstrip(")")
        return tuple(name.strip() for name in inside.split(",") if name.strip())
