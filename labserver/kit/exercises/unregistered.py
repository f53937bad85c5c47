"""Predictions of notebooks whose questions still stand in their text: shown as before, and not kept."""

from __future__ import annotations


def predict(name: str, letter: str) -> None:
    """Take a letter for a question that stands in the cell above."""
    guess = letter.strip().lower()
    if guess == "?":
        print("Your prediction? Put a letter in place of the ?, then run the cell again.")
    elif len(guess) == 1 and guess.isalpha():
        _said[name] = guess
        print(f"You say {guess}. Run on and see.")
    else:
        print(f"A prediction is one letter, as in predict({name!r}, 'a'); this was {letter!r}.")


def outcome(name: str, letter: str) -> None:
    """Say what the run showed beside what was predicted."""
    said = _said.get(name)
    if said is None:
        print(f"The run says {letter}. You had not predicted.")
    else:
        verdict = f"You had said {said}: the cell above shows what decided it."
        print(f"The run says {letter}. {'As you said.' if said == letter else verdict}")


_said: dict[str, str] = {}
