"""The table of a whole battery, for a terminal and for a notebook."""

from __future__ import annotations

from collections.abc import Iterator

from labserver.kit.attacks.attack import Result
from labserver.kit.display.formatting import clean, markup, page, text_table
from labserver.kit.display.shapes import mask

_MASK = f'<svg viewBox="0 0 20 14" width="17" height="12" aria-hidden="true">{mask(0, 0)}</svg> '


class Report:
    """What the attacks came back with: `report["fixation"]` is one, `report.got_in` lists the holes."""

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
        rows += [
            [result.name, result.outcome, str(result.requests), clean(result.evidence)] for result in self
        ]
        return f"{text_table(rows, [False, False, True, False])}\n\n{self.summary}"

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col"{css}>{title}</th>'
            for title, css in (
                ("attack", ' class="l"'),
                ("outcome", ' class="l"'),
                ("requests", ""),
                ("evidence", ' class="l"'),
            )
        )
        body = "".join(
            f'<tr><th scope="row" class="l" title="{markup(clean(result.about))}">{result.name}</th>'
            f'<td class="l now">{marked_outcome(result)}</td><td>{result.requests}</td>'
            f'<td class="l">{markup(clean(result.evidence))}</td></tr>'
            for result in self
        )
        return page(
            f"<table><caption>{self.summary}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>",
            "table",
            "attacks",
        )


def marked_outcome(result: Result) -> str:
    """Write the outcome as HTML: a success of the attacker has the mask, and more than its colour."""
    if result.got_in:
        return f'<span class="evil">{_MASK}{result.outcome}</span>'
    return result.outcome if result.tried else f'<span class="dim">{result.outcome}</span>'
