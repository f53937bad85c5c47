"""The table of claims, for a terminal, a notebook, a page, and other programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from textwrap import fill

from labserver.kit.display.table import Table
from labserver.kit.exercises.claims.claim import ClaimResult, ResultFields

WIDE = 100
"""Characters of a line."""


class ClaimReport:
    """The results of claims: `report["logging-out-kills-a-jwt"]` is one."""

    def __init__(self, results: Sequence[ClaimResult]) -> None:
        self.results = list(results)

    @property
    def flipped(self) -> list[str]:
        """The names of those whose verdict is not the expected one."""
        return [result.claim.name for result in self.results if not result.as_expected]

    @property
    def summary(self) -> str:
        """The report in a sentence."""
        counts = {verdict: 0 for verdict in ("true", "false", "depends")}
        for result in self.results:
            counts[result.verdict] += 1
        stored = sum(bool(result.stored) for result in self.results)
        rest = f"; {stored} of them stored, as there is no browser here" if stored else ""
        flipped = f" Not as expected: {', '.join(self.flipped)}." if self.flipped else ""
        counted = ", ".join(f"{verdict} {count}" for verdict, count in counts.items())
        return f"Verdicts of {len(self.results)} claims: {counted}{rest}.{flipped}"

    def __getitem__(self, name: str) -> ClaimResult:
        for result in self.results:
            if result.claim.name == name:
                return result
        raise KeyError(f"no claim {name!r} in this report")

    def __iter__(self) -> Iterator[ClaimResult]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def fields(self) -> list[ResultFields]:
        """Return the results as plain data."""
        return [result.fields() for result in self.results]

    @property
    def table(self) -> Table:
        """One row for each claim: what is said, the verdict, what was seen, which notebook explains it."""
        rows = [
            [result.claim.plain, result.words, _seen(result), result.claim.notebook[:2]]
            for result in self.results
        ]
        return Table(self.summary, ["claim", "verdict", "what was seen", "notebook"], rows)

    def page(self) -> str:
        """Return the table as an HTML page of its own."""
        title = "Claims about sessions and tokens"
        head = (
            '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title>'
        )
        body = f"<main><h1>{escape(title)}</h1>{self._repr_html_()}</main>"
        return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'

    def __repr__(self) -> str:
        lines = []
        for result in self.results:
            lines.append(
                f"{result.claim.text}  {result.words.upper() if not result.as_expected else result.words}"
            )
            lines.append(fill(_seen(result), WIDE, initial_indent="    ", subsequent_indent="    "))
        return "\n".join([*lines, "", self.summary])

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def _seen(result: ClaimResult) -> str:
    stored = f" (stored, {result.stored})" if result.stored else ""
    flipped = "" if result.as_expected else f" NOT AS EXPECTED, which is {result.claim.expected}."
    return f"{result.evidence}{stored}{flipped}"
