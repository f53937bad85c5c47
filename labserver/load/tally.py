"""Count answers by request and keep their spans. Sums of tallies are tallies: workers send theirs along."""

from __future__ import annotations

from collections import Counter
from typing import TypedDict

Counted = tuple[float, int]
"""A span in microseconds, and how many answers had it."""


class TallyReport(TypedDict):
    """A tally as a worker sends it: counts by request, and for each request and span its `Counted` values."""

    requests: dict[str, int]
    errors: dict[str, int]
    wrong: str | None
    spans: list[tuple[str, str, list[Counted]]]


SPANS = ("auth", "store", "crypto", "total")


class Tally:
    """Answers, errors and spans of one stretch of time. Spans are in microseconds, to three digits."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.wrong: str | None = None
        self._spans: dict[tuple[str, str], Counter[float]] = {}

    def add(self, name: str, error: str | None, timing: str | None) -> None:
        """Count one answer; `timing` is its `Server-Timing` header (W3C), which only a lab sends."""
        self.requests[name] += 1
        if error is not None:
            self.errors[name] += 1
            self.wrong = self.wrong or f"{name}: {error}"
        for span, us in spans_of(timing or ""):
            self._spans.setdefault((name, span), Counter())[float(f"{us:.3g}")] += 1

    def merge(self, data: TallyReport) -> None:
        """Add what another tally's `as_dict` says."""
        self.requests.update(data["requests"])
        self.errors.update(data["errors"])
        self.wrong = self.wrong or data["wrong"]
        for name, span, values in data["spans"]:
            self._spans.setdefault((name, span), Counter()).update(dict(values))

    def as_dict(self) -> TallyReport:
        """Return everything in a form that JSON and msgpack can carry."""
        return {
            "requests": dict(self.requests),
            "errors": dict(self.errors),
            "wrong": self.wrong,
            "spans": [(*key, list(values.items())) for key, values in self._spans.items()],
        }

    def medians(self, name: str | None = None) -> dict[str, float]:
        """Return the median of each span in microseconds, of one request or of all together."""
        found: dict[str, Counter[float]] = {}
        for (request, span), values in self._spans.items():
            if name in (None, request):
                found.setdefault(span, Counter()).update(values)
        return {span: median(found[span]) for span in SPANS if span in found}


def spans_of(timing: str) -> list[tuple[str, float]]:
    """Read a `Server-Timing` header: `auth;dur=0.0213` is ("auth", 21.3). What is not ours is skipped."""
    found = []
    for entry in timing.split(","):
        name, _, duration = entry.strip().partition(";dur=")
        if name in SPANS:
            try:
                found.append((name, float(duration) * 1000))
            except ValueError:
                continue
    return found


def median(values: Counter[float]) -> float:
    """Return the middle one of counted values, the lower of two. Raises ValueError if there are none."""
    middle, seen = (values.total() + 1) // 2, 0
    for value in sorted(values):
        seen += values[value]
        if seen >= middle:
            return value
    raise ValueError("nothing was counted")
