"""The ledger: what each exchange cost, counted by the server while it happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

from labserver.kit.display.exchange import received, sent
from labserver.kit.display.formatting import clean, duration, markup, page, text_table

_COUNTS = ("store_reads", "store_writes", "signatures_made", "signatures_checked", "password_checks")
_NUMBERS = (*_COUNTS, "bytes_out", "bytes_in")


class Ledger:
    """One row per exchange. `rows` holds plain dicts; `ledger["store_reads"]` asks a ledger of one exchange,
    `ledger["log in"]` gives the row of that name.

    Keys of a row: exchange, flow, status, store_reads, store_writes, signatures_made, signatures_checked,
    password_checks, bytes_out and bytes_in (of credentials, on the wire), check_us (to know who asks, in µs).
    """

    def __init__(self, exchanges: list[tuple[str | None, requests.Response, dict[str, Any]]]) -> None:
        self.rows = [_row(name, response, trace) for name, response, trace in exchanges]

    def __getitem__(self, key: str) -> Any:
        for row in self.rows:
            if row["exchange"] == key:
                return row
        if len(self.rows) == 1 and key in self.rows[0]:
            return self.rows[0][key]
        known = [row["exchange"] for row in self.rows] if len(self.rows) != 1 else list(self.rows[0])
        raise KeyError(f"no {key!r} in this ledger; there is {', '.join(map(repr, known))}")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        head = [
            "flow",
            "exchange",
            "reads",
            "writes",
            "signed",
            "checked",
            "passwords",
            "bytes out",
            "in",
            "check",
        ]
        rows = [
            [_tag(row)[1], row["exchange"], *(str(row[key]) for key in _NUMBERS), _check(row)]
            for row in self.rows
        ]
        return text_table([head, *rows], [False, False, *[True] * len(_NUMBERS), False])

    def _repr_html_(self) -> str:
        heads = ("store reads", "store writes", "signatures<br>made / checked", "password checks",
                 "credential bytes<br>out / in", "check")  # fmt: skip
        head = "".join(f'<th scope="col" class="w">{title}</th>' for title in heads)
        body = "".join(_html_row(row) for row in self.rows)
        return page(
            "<table><caption>The ledger: what each answer cost</caption>"
            f'<thead><tr><th scope="col" class="l">exchange</th>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>",
            "table",
        )


def _row(name: str | None, response: requests.Response, trace: dict[str, Any]) -> dict[str, Any]:
    outward, inward = received(response), sent(response.request)
    return {
        "exchange": clean(name or f"{trace['method']} {trace['path']}"),
        "flow": trace["flow"],
        "status": trace["status"],
        **{key: trace["counts"][key] for key in _COUNTS},
        "bytes_out": sum(credential.size for credential in outward if credential.kind != "csrf"),
        "bytes_in": sum(credential.size for credential in inward if credential.kind != "csrf"),
        "check_us": trace["spans"]["auth"],
    }


def _tag(row: dict[str, Any]) -> tuple[str, str]:
    """Give the colour and the word of a row's flow."""
    flow = clean(row["flow"])
    return (
        "s"
        if flow.startswith(("session", "grid/opaque"))
        else "t"
        if "/jwt" in flow or flow == "token"
        else "c"
    ), flow


def _check(row: dict[str, Any]) -> str:
    return duration(row["check_us"]) if row["check_us"] else "–"


def _html_row(row: dict[str, Any]) -> str:
    css, flow = _tag(row)
    refused = f' <span class="dim">✗ {row["status"]}</span>' if row["status"] >= 400 else ""
    cells = [
        _cell(row["store_reads"]),
        _cell(row["store_writes"]),
        _cell(row["signatures_made"], row["signatures_checked"]),
        _cell(row["password_checks"]),
        _cell(row["bytes_out"], row["bytes_in"], hot=""),
        f'<td class="now">{_check(row)}</td>',
    ]
    chip = f'<span class="chip {css}">{markup(flow)}</span>'
    return (
        f'<tr><th scope="row" class="l">{chip} {markup(row["exchange"])}{refused}</th>{"".join(cells)}</tr>'
    )


def _cell(*numbers: int, hot: str = "hot") -> str:
    css = f"{hot} now".strip() if any(numbers) else "zero now"
    return f'<td class="{css}">{" / ".join(map(str, numbers))}</td>'
