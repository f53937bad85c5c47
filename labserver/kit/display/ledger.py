"""The ledger: what each exchange cost, counted by the server while it happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict

import requests

from labserver.formats.reports import TraceReport
from labserver.kit.display.exchange import received, sent
from labserver.kit.display.formatting import clean, duration, text_table
from labserver.kit.display.html import render

_COUNTS = ("store_reads", "store_writes", "signatures_made", "signatures_checked", "password_checks")
_NUMBERS = (*_COUNTS, "bytes_out", "bytes_in")
_HEAD = ["flow", "exchange", "reads", "writes", "signed", "checked", "passwords", "bytes out", "in", "check"]


class LedgerRow(TypedDict):
    """What one exchange cost. Bytes are those of credentials on the wire, out of the server and into it."""

    exchange: str
    flow: str
    status: int
    store_reads: int
    store_writes: int
    signatures_made: int
    signatures_checked: int
    password_checks: int
    bytes_out: int
    bytes_in: int
    check_us: float
    """Microseconds to find out who asks."""


class Ledger:
    """One LedgerRow per exchange, in `rows`. `ledger["store_reads"]` is the number of a ledger with one
    exchange, `ledger["log in"]` the row of that name. Raises KeyError where there is neither.
    """

    def __init__(
        self, exchanges: list[tuple[str | None, requests.Response, TraceReport]], times: bool = True
    ) -> None:
        """Count these exchanges. Without `times` only counts and bytes are shown, not how long each took."""
        self.rows = [_row(name, response, trace) for name, response, trace in exchanges]
        self.times = times

    def __getitem__(self, key: str) -> Any:
        for row in self.rows:
            if row["exchange"] == key:
                return row
        if len(self.rows) == 1 and key in self.rows[0]:
            return dict(self.rows[0])[key]
        known = [row["exchange"] for row in self.rows] if len(self.rows) != 1 else list(self.rows[0])
        raise KeyError(f"no {key!r} in this ledger; there is {', '.join(map(repr, known))}")

    def __iter__(self) -> Iterator[LedgerRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        rows = [[row["flow"], row["exchange"], *_numbers(row), _check(row)] for row in self.rows]
        shown = len(_HEAD) if self.times else len(_HEAD) - 1
        right = [False, False, *[True] * len(_NUMBERS), False]
        return text_table([row[:shown] for row in (_HEAD, *rows)], right[:shown])

    def _repr_html_(self) -> str:
        rows = [row | {"css": _css(row["flow"]), "check": _check(row)} for row in self.rows]
        return render("ledger.html", rows=rows, times=self.times)


def _row(name: str | None, response: requests.Response, trace: TraceReport) -> LedgerRow:
    outward, inward, counts = received(response), sent(response.request), trace["counts"]
    return {
        "exchange": clean(name or f"{trace['method']} {trace['path']}"),
        "flow": clean(trace["flow"]),
        "status": trace["status"],
        "store_reads": counts["store_reads"],
        "store_writes": counts["store_writes"],
        "signatures_made": counts["signatures_made"],
        "signatures_checked": counts["signatures_checked"],
        "password_checks": counts["password_checks"],
        "bytes_out": sum(credential.size for credential in outward if credential.kind != "csrf"),
        "bytes_in": sum(credential.size for credential in inward if credential.kind != "csrf"),
        "check_us": trace["spans"]["auth"],
    }


def _numbers(row: LedgerRow) -> list[str]:
    by_name = dict(row)
    return [str(by_name[name]) for name in _NUMBERS]


def _css(flow: str) -> str:
    """Return the class of a flow's colour."""
    if flow.startswith(("session", "grid/opaque")):
        return "s"
    return "t" if "/jwt" in flow or flow == "token" else "c"


def _check(row: LedgerRow) -> str:
    return duration(row["check_us"]) if row["check_us"] else "–"
