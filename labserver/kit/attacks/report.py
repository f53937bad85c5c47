"""The table of a whole battery, for a terminal and for a notebook."""

from __future__ import annotations

from collections.abc import Iterator

from labserver.kit.attacks.result import Result
from labserver.kit.display.formatting import text_table
from labserver.kit.display.html import render


class Report:
    """The results of attacks: `report["fixation"]` is one, `report.got_in` names those that got in."""

    def __init__(self, url: str, results: list[Result]) -> None:
        self.url, self.results = url, results

    @property
    def got_in(self) -> list[str]:
        """The names of the attacks that got in."""
        return [result.name for result in self.results if result.got_in]

    @property
    def not_tried(self) -> list[str]:
        """The names of those that could not be tried."""
        return [result.name for result in self.results if not result.tried]

    @property
    def summary(self) -> str:
        """The report in a sentence."""
        tried = len(self.results) - len(self.not_tried)
        rest = f"; {len(self.not_tried)} not tried" if self.not_tried else ""
        return f"{len(self.got_in)} of {tried} attacks got in{rest}."

    def __getitem__(self, name: str) -> Result:
        for result in self.results:
            if result.name == name:
                return result
        raise KeyError(f"no attack {name!r} in this report")

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __repr__(self) -> str:
        rows = [["attack", "outcome", "requests", "evidence"]]
        rows += [[result.name, result.outcome, str(result.requests), result.evidence] for result in self]
        return f"{text_table(rows, [False, False, True, False])}\n\n{self.summary}"

    def _repr_html_(self) -> str:
        return render("attacks.html", report=self)
