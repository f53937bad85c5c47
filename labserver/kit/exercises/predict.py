"""Predict first, then run: the guess is remembered beside the notebook, and the run's answer next to it.

    predict("02-logout", "?")      # before the run: put a, b or c in place of ?
    outcome("02-logout", "b")      # after it, with the letter that the run itself gives

A stored "?" writes nothing, so that a notebook as it comes leaves no trace and always prints the same.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

FILE = ".predictions.json"
"""In the notebook's folder (the kernel's working folder); git ignores it."""

_said: dict[str, str | None] = {}
"""What this run of the notebook was told; None stands for "?"."""


def predict(name: str, letter: str) -> None:
    """Remember the learner's guess, a letter, under `name`; "?" only asks for one."""
    guess = letter.strip().lower()
    if len(guess) == 1 and guess.isalpha():
        _said[name] = guess
        known = predictions()
        entry = known.setdefault(name, {})
        if "run" in entry and entry.get("said") != guess:
            print(f"You say {guess} now. What counts is the {entry.get('said')} from before the run.")
            return
        entry["said"] = guess
        print(f"You say {guess}. Run on and see.")
        _write(known)
        return
    _said[name] = None
    if guess == "?":
        print("Your prediction? Put a letter in place of the ?, then run the cell again.")
    else:
        print(f"A prediction is one letter, as in predict({name!r}, 'a'); this was {letter!r}.")


def outcome(name: str, letter: str) -> None:
    """Say what the run showed, `letter`, beside what was predicted under `name`."""
    known = {} if _said.get(name, "") is None else predictions()
    said = _said.get(name) or known.get(name, {}).get("said")
    if said is None:
        print(f"The run says {letter}. You had not predicted.")
        return
    verdict = f"You had said {said}: the cell above shows what decided it."
    print(f"The run says {letter}. {'As you said.' if said == letter else verdict}")
    known.setdefault(name, {"said": said})["run"] = letter
    _write(known)


def predictions() -> dict[str, dict[str, str]]:
    """Return what was predicted in this folder: {name: {"said": "a", "run": "b"}}, "run" once it is known."""
    try:
        found = json.loads(Path(FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        found = None
    if isinstance(found, dict) and all(map(_well_formed, found.values())):
        return found
    print(f"{FILE} cannot be read, so earlier predictions are not counted. New ones start a fresh file.")
    return {}


def _well_formed(entry: object) -> bool:
    return isinstance(entry, dict) and all(isinstance(letter, str) for letter in entry.values())


def _write(known: dict[str, dict[str, str]]) -> None:
    """Replace the file by way of a second one, so that an interrupted write leaves the first whole."""
    fresh = Path(f"{FILE}.{os.getpid()}")
    try:
        fresh.write_text(json.dumps(known, indent=1, sort_keys=True), encoding="utf-8")
        fresh.replace(FILE)
    except OSError as error:
        print(f"Not remembered beyond this run: {error.strerror}.")
