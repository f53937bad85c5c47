"""A question with options, before a run: as text, as Markdown for paper, and as a card in a notebook."""

from __future__ import annotations

from collections.abc import Mapping

from labserver.kit.display.html import render


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
