"""What a prediction is made of: a question, its options, and what lies behind each wrong one."""

from __future__ import annotations

import re
from dataclasses import dataclass

LETTERS = "abcd"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen. All but the right one have a misconception and its answer."""

    word: str
    """What the run shows, in a word or a short phrase, as in `outcome("06-logout", "both")`."""

    text: str
    """The option in a sentence, as the learner reads it."""

    misconception: str = ""
    """What a person may think who chooses it."""

    answer: str = ""
    """What the run showed that speaks against it."""


@dataclass(frozen=True, slots=True, init=False)
class Prediction:
    """A question before a run. Its options get the letters a, b, c, d in their order."""

    name: str
    """As in "06-logout": the notebook's number, then a word."""

    question: str
    options: tuple[Option, ...]
    right: str
    """The word of the right option."""

    def __init__(self, name: str, question: str, *options: Option, right: str) -> None:
        """Check that it is complete. Raises ValueError if it is not."""
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "question", question)
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "right", right)
        if fault := _fault(self):
            raise ValueError(f"prediction {name!r}: {fault}")

    @property
    def notebook(self) -> str:
        """The number of its notebook, as in "06"."""
        return self.name.partition("-")[0]

    @property
    def words(self) -> list[str]:
        """The words of the options, in order."""
        return [option.word for option in self.options]

    @property
    def lettered(self) -> dict[str, Option]:
        """The options by their letters."""
        return dict(zip(LETTERS, self.options, strict=False))

    def letter(self, word: str) -> str:
        """Return the letter of the option with this word. Raises ValueError if there is none."""
        if word not in self.words:
            there = ", ".join(map(repr, self.words))
            raise ValueError(f"{self.name} has no option {word!r}; the words are {there}")
        return LETTERS[self.words.index(word)]


def _fault(one: Prediction) -> str:
    """Say what is missing or wrong; empty if nothing is."""
    if not re.fullmatch(r"\d\d-[a-z0-9-]+", one.name):
        return "a name is the notebook's number, a hyphen and a word in small letters"
    if not one.question.strip():
        return "there is no question"
    if not 2 <= len(one.options) <= len(LETTERS):
        return f"{len(one.options)} options; two to four are wanted"
    if len(set(one.words)) != len(one.options):
        return "two options have the same word"
    if one.right not in one.words:
        return f"no option has the word {one.right!r}, which should be the right one"
    for option in one.options:
        if not (option.word.strip() and option.text.strip()):
            return "an option without a word or a text"
        explained = bool(option.misconception.strip()), bool(option.answer.strip())
        if option.word == one.right and any(explained):
            return f"{option.word!r} is right, so it has no misconception and no answer to one"
        if option.word != one.right and not all(explained):
            return f"{option.word!r} is wrong, so it needs a misconception and its answer"
    return ""
