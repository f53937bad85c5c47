"""A question in a notebook: its text stays, and buttons to answer it go away with the click.

Buttons are widgets. They are shown only where somebody can click them: a notebook that is run by a program,
or is printed, has the text alone, and so has a front end without ipywidgets.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from labserver.kit.display.progress import notebook_shell
from labserver.kit.display.question import Question

WIDGET = "application/vnd.jupyter.widget-view+json"


class Buttons:
    """One question on the screen. `choose` gets the letter clicked and returns what to say then."""

    def __init__(self, question: Question, choose: Callable[[str], str]) -> None:
        self.question = question
        self._choose = choose
        self._box: Any = None
        self._publish: dict[str, Callable[..., Any]] = {}

    def show(self, *, open_: bool, chosen: str = "") -> None:
        """Show the question; with `open_`, also buttons to answer it, where they can be clicked."""
        shell = notebook_shell()
        self.question.chosen = chosen
        if shell is None:
            print(self.question)
            return
        self._box = self._made() if open_ and listening(shell) else None
        self.question.asking = self._box is not None
        for part in ("question", "buttons"):
            transient = {"display_id": secrets.token_hex(8)}
            self._publish[part] = partial(shell.display_pub.publish, transient=transient)
        self._publish["question"](self.question.bundle())
        if self._box is not None:
            view = {"version_major": 2, "version_minor": 0, "model_id": self._box.model_id}
            texts = [f"({letter}) {text}" for letter, text in self.question.options.items()]
            self._publish["buttons"]({WIDGET: view, "text/plain": "\n".join(texts)})

    def close(self, words: str = "") -> None:
        """Take the buttons away, if there are any, and put `words` in their place."""
        if self._box is None:
            return
        box, self._box = self._box, None
        self.question.asking = False
        self._publish["question"](self.question.bundle(), update=True)
        self._publish["buttons"]({"text/plain": words}, update=True)
        for button in box.children:
            button.close()
        box.close()

    def click(self, letter: str) -> None:
        """Take the answer of a click."""
        self.question.chosen = letter
        self.close(self._choose(letter))

    def _made(self) -> Any:
        try:
            widgets = import_module("ipywidgets")
        except ImportError:
            return None
        buttons = []
        for letter, text in self.question.options.items():
            layout = widgets.Layout(width="auto", height="auto")
            button = widgets.Button(description=f"({letter}) {text.replace('`', '')}", layout=layout)
            button.add_class("labkit-option")
            button.on_click(lambda _, letter=letter: self.click(letter))
            buttons.append(button)
        return widgets.VBox(buttons)


def listening(shell: Any) -> bool:
    """Tell whether a person may be at the notebook: JupyterLab and its like say which cell they run.

    Programs that run notebooks (nbclient, nbval, nbconvert) do not.
    """
    parent = shell.kernel.get_parent("shell")
    return "cellId" in parent.get("metadata", {})
