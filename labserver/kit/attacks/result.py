"""How one attack went."""

from __future__ import annotations

from dataclasses import dataclass, field

import requests

from labserver.kit.display.formatting import clean
from labserver.kit.display.html import render


@dataclass(frozen=True)
class Finding:
    """What an attack's function returns. `evidence` is short and never holds a secret."""

    got_in: bool
    evidence: str


@dataclass(frozen=True)
class Result:
    """How one attack went. `lab.diagram(*result.exchanges)` draws who sent which request.

    `weakness` is the switch that lets it in; None for an attack that no lesson lets in. `tried` is false
    where the server has nothing to try it on, or there is no control API; `evidence` then says which.
    """

    name: str
    title: str
    weakness: str | None
    standard: str
    about: str
    success: str
    got_in: bool
    tried: bool
    evidence: str
    exchanges: tuple[requests.Response, ...] = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "evidence", clean(self.evidence))

    @property
    def requests(self) -> int:
        """How many requests were sent, the victim's own among them."""
        return len(self.exchanges)

    @property
    def outcome(self) -> str:
        """One of "GOT IN", "kept out", "not tried"."""
        return "GOT IN" if self.got_in else "kept out" if self.tried else "not tried"

    def __repr__(self) -> str:
        return (
            f"{self.name}: {self.outcome}\n  {self.about} ({self.standard})\n"
            f"  {self.evidence}; requests sent: {self.requests}"
        )

    def _repr_html_(self) -> str:
        return render("attack.html", result=self)
