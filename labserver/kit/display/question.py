"""A question with options, before a run, and its answer after it: as text, as Markdown, as a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labserver.kit.display.html import render
from labserver.kit.display.progress import notebook_shell


class Question:
    """A question and its options by letter. `asking` says that buttons below it show the options already."""

    def __init__(self, text: str, options: Mapping[str, str], name: str) -> None:
        self.text, self.options, self.name = text, dict(options), name
        self.chosen = ""
        self.asking = False

    @property
    def how(self) -> str:
        """How to answer."""
        return f'predict("{self.name}", "{next(iter(self.options))}")'

    def __repr__(self) -> str:
        lines = [f"Predict: {self.text}", *(f"  ({letter}) {text}" for letter, text in self.options.items())]
        return "\n".join([*lines, f"To answer, type the letter as in {self.how}, and run the cell."])

    def _repr_markdown_(self) -> str:
        lines = [f"- ({letter}) {text}" for letter, text in self.options.items()]
        return "\n".join([f"**Predict.** {self.text}", "", *lines])

    def _repr_html_(self) -> str:
        return render("question.html", question=self)

    def bundle(self) -> dict[str, str]:
        """Return all its forms by MIME type."""
        return {
            "text/plain": repr(self),
            "text/markdown": self._repr_markdown_(),
            "text/html": self._repr_html_(),
        }


class PredictionAnswer:
    """What the run showed, line by line; each is a lead in bold, and a sentence."""

    def __init__(self, lines: Sequence[tuple[str, str]]) -> None:
        self.lines = list(lines)

    def __repr__(self) -> str:
        return "\n".join(f"{lead} {text}".strip() for lead, text in self.lines)

    def _repr_html_(self) -> str:
        return render("answer.html", answer=self)

    def show(self) -> None:
        """Show it in a notebook; elsewhere print the text."""
        shell = notebook_shell()
        if shell is None:
            print(self)
        else:
            shell.display_pub.publish({"text/plain": repr(self), "text/html": self._repr_html_()})
