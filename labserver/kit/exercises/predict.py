"""Predict first, then run: the guess is kept beside the notebook, and the run's answer next to it.

    predict("06-logout")                    # before the run: shows the question; click, or type a letter:
    predict("06-logout", "b")
    outcome("06-logout", "both")            # after it, with the word that the run itself gives

Without an answer nothing is written, so that a notebook as it comes leaves no trace and always prints the
same. Only what was said before the outcome counts.
"""

from __future__ import annotations

from labserver.kit.display.question import PredictionAnswer, Question
from labserver.kit.exercises import progress
from labserver.kit.exercises.buttons import Buttons
from labserver.kit.exercises.prediction import Prediction
from labserver.kit.exercises.predictions import find

_said: dict[str, str] = {}
"""The words chosen in this kernel, also where nothing can be written."""

_offered: dict[str, Buttons] = {}


def predict(name: str, letter: str | None = None) -> None:
    """Show the question of that name and take a guess, as a letter or by a click.

    Raises ValueError, with the names there are, where no prediction has that name.
    """
    prediction = find(name)
    said, run = _known(prediction)
    question = Question(
        prediction.question, {letter: one.text for letter, one in prediction.lettered.items()}, name
    )
    buttons = _offered[name] = Buttons(question, lambda letter: _choose(prediction, letter))
    typed = (letter or "?").strip(" ()").lower()
    if typed in prediction.lettered:
        message = _choose(prediction, typed)
        buttons.show(open_=False, chosen=prediction.letter(_known(prediction)[0]))
        print(message)
        return
    buttons.show(open_=not run, chosen=prediction.letter(said) if said else "")
    if typed != "?":
        print(f"There is no option {letter!r}: type one of {', '.join(prediction.lettered)}.")
    elif said and run:
        print(f"You said {prediction.letter(said)} before the run. The run showed {prediction.letter(run)}.")
    elif said:
        print(f"You say {prediction.letter(said)}. Before the run you can change it.")


def outcome(name: str, word: str) -> None:
    """Say which option the run showed; to somebody who chose another, also what speaks against that one.

    Raises ValueError where no option of the prediction has that word.
    """
    prediction = find(name)
    letter = prediction.letter(word)
    if name in _offered:
        _offered.pop(name).close()
    lines = [(f"The run shows {letter}:", prediction.lettered[letter].text)]
    said, _ = _known(prediction)
    if said == word:
        lines.append(("As you said.", ""))
    elif said:
        guess = prediction.lettered[prediction.letter(said)]
        lines.append((f"You said {prediction.letter(said)}:", guess.text))
        lines.append(("What may lie behind it:", guess.misconception))
        lines.append(("What speaks against it:", guess.answer))
    PredictionAnswer(lines).show()
    if said:
        progress.record("prediction", name, said=said, run=word)


def _choose(prediction: Prediction, letter: str) -> str:
    """Take this guess, unless the outcome is known already. Return what to tell the learner."""
    word = prediction.lettered[letter].word
    said, run = _known(prediction)
    if said and run and said != word:
        return f"You say {letter} now. What counts is the {prediction.letter(said)} from before the run."
    _said[prediction.name] = word
    if not run:
        progress.record("prediction", prediction.name, said=word)
    return f"You say {letter}. Run on and see."


def _known(prediction: Prediction) -> tuple[str, str]:
    """Return the words of what was said and what the run showed; empty where that is not known (any more)."""
    facts = progress.read()["prediction"].get(prediction.name, {})
    said, run = str(facts.get("said", "")), str(facts.get("run", ""))
    if said not in prediction.words or run not in ("", *prediction.words):
        said, run = "", ""  # of an earlier version of the question
    return said or _said.get(prediction.name, ""), run
