"""Rules on a notebook's shape: what a learner can rely on finding, in which order, and how much of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.rules.notebook import Cell, Notebook, Rule

LINES, SETUP_LINES = 20, 8
MOST_WORDS = 1300


@dataclass(frozen=True, slots=True)
class Limits:
    cells: tuple[int, int] = (30, 45)
    words: tuple[int, int] = (700, MOST_WORDS)
    predictions: int = 3
    exercises: int = 1


LIMITS = {
    "00": Limits(cells=(12, 30), words=(400, MOST_WORDS), predictions=1, exercises=0),
    "12": Limits(exercises=0),
}
"""The first notebook is shorter, and the capstone has steps; all others keep to the same limits."""


def limits(notebook: Notebook) -> Limits:
    return LIMITS.get(notebook.number, Limits())


def length(notebook: Notebook) -> Iterator[tuple[int, str]]:
    low, high = limits(notebook).cells
    if not low <= len(notebook.cells) <= high:
        yield 0, f"has {len(notebook.cells)} cells; {low} to {high} are wanted"
    for cell in notebook.code:
        if not cell.source.strip():
            yield cell.number, "is an empty code cell"
        if cell.lines > LINES:
            yield cell.number, f"has {cell.lines} lines; a learner reads at most {LINES}"


def opening(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Title, minutes, three objectives; then the set-up."""
    before: list[Cell] = []
    for cell in notebook.cells:
        if cell.kind == "code":
            break
        before.append(cell)
    text = "\n".join(cell.text for cell in before)
    if not text.startswith("# "):
        yield 1, "does not begin with a title"
    if not re.search(r"\b\d+ minutes\b", text):
        yield 1, "does not say how many minutes it takes"
    if len(re.findall(r"^\s*(?:[-*]|\d+\.) +\S", text, re.MULTILINE)) < 3:
        yield 1, "does not list three objectives before the first code cell"
    if not notebook.code:
        yield 0, "has no code"
        return
    setup = notebook.code[0]
    if setup.lines > SETUP_LINES or "import" not in setup.source:
        yield setup.number, f"the first code cell is the set-up: imports, start, at most {SETUP_LINES} lines"
    if len("".join(setup.output_texts()).strip().splitlines()) != 1:
        yield setup.number, "the set-up prints one stable line"


def predictions(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """A learner predicts a few times."""
    asked = notebook.calls("predict")
    if len(asked) < limits(notebook).predictions:
        yield 0, f"asks for {len(asked)} predictions; at least {limits(notebook).predictions} are wanted"


def exercises(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Stubs stay unsolved, and each has three hints that unfold."""
    checks = notebook.calls("check")
    if len(checks) < limits(notebook).exercises:
        yield 0, "has no exercise"
    start = 0
    for number, args in checks:
        cell = notebook.cells[number - 1]
        if not args or not str(args[0]).startswith(f"{notebook.number}-"):
            yield number, f"checks {args[:1]}, an exercise of another notebook"
        if not any("not written yet" in text for text in cell.output_texts()):
            yield number, "the stored output should be that of the unsolved stub"
        between = "".join(other.source for other in notebook.cells[start : number - 1])
        if between.count("<details>") < 3:
            yield number, "three hints in <details> should come before the check"
        start = number


def closing(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """A recap with numbers of this run, folded answers, a link to the next notebook; then the clean-up."""
    recap = [
        cell.number for cell in notebook.markdown if any("recap" in t.lower() for _, t in cell.headings())
    ]
    if not recap:
        yield 0, "has no heading with the word Recap"
    else:
        rest = notebook.cells[recap[0] - 1 :]
        if not any(cell.kind == "code" and cell.outputs for cell in rest):
            yield recap[0], "the recap shows no numbers of this run"
        if sum(cell.source.count("<details>") for cell in rest) < 3:
            yield recap[0], "the recap should ask three questions with folded answers"
        following = [
            path.name for path in notebook.path.parent.glob("*.ipynb") if path.name > notebook.path.name
        ]
        if following and not any(f"]({min(following)})" in cell.source for cell in rest):
            yield recap[0], f"after the recap nothing links to the next notebook, {min(following)}"
    if notebook.calls(".start") and not notebook.code[-1].calls(".stop"):
        yield notebook.code[-1].number, "the last code cell should stop the server"


RULES: tuple[Rule, ...] = (length, opening, predictions, exercises, closing)
