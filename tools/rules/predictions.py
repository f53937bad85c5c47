"""Rules on predictions: each asked once, before its run, without its answer above it, in balanced letters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from labserver.kit.exercises.prediction import LETTERS, Prediction
from labserver.kit.exercises.predictions import PREDICTIONS
from tools.rules.notebook import Notebook, Rule

SHARE = (0.25, 0.42)
"""How often each of the first three letters is right, over the whole lab."""

TELLING = 3
"""A sentence with all the longer words of the right option gives it away, if they are at least as many."""

_SENTENCE = re.compile(r"(?<=[.:!?|])\s+|\n\s*\n|\n\s*[-#|]|\n(?=\d+\.)")
_LONG_WORD = re.compile(r"[a-z0-9']{4,}")


def registered(notebook: Notebook) -> list[Prediction]:
    """Return the notebook's predictions, in the order in which they are registered."""
    return [one for one in PREDICTIONS.values() if one.notebook == notebook.number]


def asked(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Each prediction is stored unanswered, and resolved from the run further down."""
    calls = notebook.calls("predict")
    answered = {args[0]: cell for cell, args in notebook.calls("outcome") if len(args) == 2}
    names = [args[0] for _, args in calls if args]
    for cell, args in calls:
        if len(args) != 1:
            yield cell, "the stored prediction is unanswered: predict(name), without a letter"
            continue
        name = args[0]
        if name not in PREDICTIONS:
            yield cell, f"{name!r} is not registered in labserver/kit/exercises/predictions"
        if not str(name).startswith(f"{notebook.number}-") or names.count(name) > 1:
            yield cell, f"{name!r} should begin with {notebook.number}- and be used once"
        if answered.get(name, 0) <= cell:
            yield cell, f"no outcome({name!r}, word) in a later cell"
    for one in registered(notebook):
        if one.name not in names:
            yield 0, f"never asks its prediction {one.name!r}"
    for name in sorted(set(map(str, answered)) - set(map(str, names))):
        yield answered[name], f"outcome({name!r}, ...) was never predicted"


def given_away(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """No heading and no sentence above a question says what its right option says."""
    for cell, args in notebook.calls("predict"):
        if not args or args[0] not in PREDICTIONS:
            continue
        one = PREDICTIONS[args[0]]
        right = _words(one.lettered[one.letter(one.right)].text)
        before = [other for other in notebook.markdown if other.number < cell]
        for other in before if len(right) >= TELLING else []:
            for sentence in _SENTENCE.split(other.source):
                if right <= _words(sentence):
                    yield other.number, f"gives {one.name!r} away: {' '.join(sentence.split())!r}"


def letters(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """The right letters of one notebook are mixed."""
    right = [PREDICTIONS[args[0]].letter(PREDICTIONS[args[0]].right) for args in _in_order(notebook)]
    written = " ".join(right)
    if len(right) > 1 and right[0] == right[1]:
        yield 0, f"the first two right letters are the same: {written}"
    if longest(right) > 2:
        yield 0, f"the same letter is right three times in a row: {written}"
    if len(right) >= 3 and not set("abc") <= set(right):
        yield 0, f"a, b and c should each be right once: {written}"
    if right and max(Counter(right).values()) > max(1, len(right) / 2):
        yield 0, f"one letter is right more than half of the time: {written}"


def unbalanced(right: Sequence[str]) -> list[str]:
    """Say what is wrong with the right letters of the whole lab, in order: a share, or a run of four."""
    low, high = SHARE
    counts = Counter(right)
    faults = [
        f"{letter} is right {counts[letter]} times of {len(right)}"
        for letter in LETTERS[:3]
        if not low <= counts[letter] / len(right) <= high
    ]
    return [*faults, "one letter is right four times in a row"] if longest(right) > 3 else faults


def longest(right: Sequence[str]) -> int:
    """Return how often one letter follows itself, at most."""
    run = best = 0
    for index, letter in enumerate(right):
        run = run + 1 if index and right[index - 1] == letter else 1
        best = max(best, run)
    return best


def _in_order(notebook: Notebook) -> list[list[str]]:
    return [args for _, args in notebook.calls("predict") if args and args[0] in PREDICTIONS]


def _words(text: str) -> set[str]:
    return set(_LONG_WORD.findall(text.lower().replace("’", "'")))


RULES: tuple[Rule, ...] = (asked, given_away, letters)
