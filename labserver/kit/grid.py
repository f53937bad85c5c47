"""The grid of 04: {opaque id, JWT} x {cookie, header}, each cell a design that the server runs.

    for cell in grid.CELLS:
        ada = cell.log_in(lab)
        print(cell, cell.ask(lab.client("visitor"), ada.credential))

A cell knows two things: what the credential is (its kind), and what carries it. The methods send requests;
the server alone decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

from labserver.kit.display.table import Table
from labserver.kit.processes.client import Client

if TYPE_CHECKING:
    from labserver.kit.lab import Lab

Properties = dict[str, int | bool]


@dataclass(frozen=True, slots=True)
class Cell:
    """One design: a kind of credential, "opaque" or "jwt", and its carrier, "cookie" or "header"."""

    kind: str
    carrier: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.carrier}"

    __repr__ = __str__

    def log_in(self, lab: Lab) -> Visit:
        """Log Ada in at this cell, with a browser of its own."""
        client = lab.client("browser")
        answer = client.post(f"/grid/{self}/login", json=lab.login("ada"))
        answer.raise_for_status()
        if self.carrier == "cookie":  # the client has kept it, and sends it by itself, as a browser does
            by_code = {"X-CSRF-Token": answer.json()["csrf_token"]}
            return Visit(self, client, answer, client.cookies["grid"], by_code)
        credential = answer.json()["access_token"]
        return Visit(self, client, answer, credential, {"Authorization": f"Bearer {credential}"})

    def ask(self, client: Client, credential: str) -> requests.Response:
        """Ask this cell who a credential is for, carried as the cell wants it."""
        if self.carrier == "cookie":
            return client.get(f"/grid/{self}/me", cookies={"grid": credential})
        return client.get(f"/grid/{self}/me", headers={"Authorization": f"Bearer {credential}"})

    def properties(self, lab: Lab) -> Properties:
        """Try everything at this cell with one login, and return what was found."""
        ada, thief = self.log_in(lab), lab.client("thief")
        read = lab.ledger(self.ask(thief, ada.credential))
        forged = ada.forged_change("mallory@evil.example")
        ada.log_out()
        return {
            "store reads per request": read["store_reads"],
            "signatures per request": read["signatures_checked"],
            "bytes per request": read["bytes_in"],
            "needs a CSRF defence": forged.ok or forged.json()["code"] == "csrf_failed",
            "readable by script": "access_token" in ada.answer.json(),
            "a logout ends copies": self.ask(thief, ada.credential).status_code == 401,
        }


@dataclass(frozen=True, slots=True)
class Visit:
    """Ada, logged in at one cell. `by_code` is what her page's own code adds to a request."""

    cell: Cell
    client: Client
    answer: requests.Response
    credential: str
    by_code: dict[str, str]

    def change(self, email: str) -> requests.Response:
        """Change Ada's address from her own page."""
        return self.client.post(f"/grid/{self.cell}/email", json={"email": email}, headers=self.by_code)

    def forged_change(self, email: str) -> requests.Response:
        """Ask for the same from a page of somebody else: nothing but what her browser adds by itself.

        It is the request as it would arrive. Whether a real browser would send it, and with the cookie, also
        depends on SameSite and on where the page is.
        """
        return self.client.post(f"/grid/{self.cell}/email", json={"email": email})

    def log_out(self) -> requests.Response:
        """Log Ada out from her own page."""
        answer = self.client.post(f"/grid/{self.cell}/logout", headers=self.by_code)
        answer.raise_for_status()
        return answer


CELLS = tuple(Cell(kind, carrier) for kind in ("opaque", "jwt") for carrier in ("cookie", "header"))


def follows(row: Sequence[object]) -> str:
    """Say what a row of the grid, changes with: the kind, the carrier, both or neither."""
    by_kind, by_carrier = row[:2] != row[2:], row[::2] != row[1::2]
    if by_kind and by_carrier:
        return "both"
    return "the kind" if by_kind else "the carrier" if by_carrier else "neither"


def table(title: str, columns: Mapping[str, Properties]) -> Table:
    """Show the properties of all cells, and in the last column what each of them follows."""
    rows = []
    for name in next(iter(columns.values())):
        values = [column[name] for column in columns.values()]
        rows.append([name, *values, follows(values)])
    return Table(title, ["property", *columns, "follows"], rows)
