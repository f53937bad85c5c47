"""The rules for notebooks. Each is a generator of (cell, sentence), with cell 0 for the whole notebook."""

from __future__ import annotations

from dataclasses import dataclass

from tools.rules import predictions, prose, readable, running, safety, sending, shape
from tools.rules.notebook import Notebook, Rule

RULES: tuple[Rule, ...] = (
    *running.RULES,
    *shape.RULES,
    *predictions.RULES,
    *readable.RULES,
    *prose.RULES,
    *safety.RULES,
    *sending.RULES,
)

__all__ = ["RULES", "Finding", "Notebook", "lint"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Say which rule a notebook breaks, where, and what to do."""

    rule: str
    cell: int
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {f'cell {self.cell}: ' if self.cell else ''}{self.text}"


def lint(notebook: Notebook) -> list[Finding]:
    """Check one notebook against every rule."""
    return [
        Finding(rule.__name__.replace("_", "-"), cell, text)
        for rule in RULES
        for cell, text in rule(notebook)
    ]
