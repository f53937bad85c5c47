"""What each design needs for so many users: cores, lookups, writes, bytes, store servers, revocation lag.

Costs are measured (see capacity.fit); Assumptions are knobs. Each Need says its formula in the names of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from labserver.kit.display.formatting import clean
from labserver.kit.display.table import Table
from labserver.kit.scaling.assumptions import Assumptions, Costs, check, size, written

DAY = 86_400
DESIGNS = ("session", "token", "token + denylist")


class Three(NamedTuple):
    """A number, or its formula, for each design."""

    session: Any
    token: Any
    denylist: Any


@dataclass(frozen=True)
class Need:
    """One line of the estimate: `need.token` is what tokens need, `need.formulas.token` is why."""

    name: str
    unit: str
    values: Three
    formulas: Three
    measured: bool = False
    """Whether something measured is in it; else it follows from the assumptions alone."""

    @property
    def session(self) -> float:
        return float(self.values.session)

    @property
    def token(self) -> float:
        return float(self.values.token)

    @property
    def denylist(self) -> float:
        return float(self.values.denylist)

    @property
    def formula(self) -> str:
        """Give the formulas, those that are alike together."""
        told: dict[str, list[str]] = {}
        for design, text in zip(DESIGNS, self.formulas, strict=True):
            told.setdefault(text, []).append(design)
        if len(told) == 1:
            return str(self.formulas.session)
        return "; ".join(f"{', '.join(designs)}: {text}" for text, designs in told.items())


class Estimate:
    """What each design needs: `need["cores"].token` is a number, `need["cores"].formula` says why."""

    def __init__(self, needs: list[Need], assumed: Assumptions) -> None:
        self.needs, self.assumed = needs, assumed

    def __getitem__(self, name: str) -> Need:
        for need in self.needs:
            if need.name == name:
                return need
        raise KeyError(f"there is no {name!r}: there are {', '.join(need.name for need in self.needs)}")

    def __iter__(self) -> Iterator[Need]:
        return iter(self.needs)

    @property
    def title(self) -> str:
        return f"What {written(self.assumed.users)} users need at the peak"

    @property
    def table(self) -> Table:
        rows = [
            [need.name, *(_cell(need, value) for value in need.values), need.formula] for need in self.needs
        ]
        return Table(self.title, ["", *DESIGNS, "formula"], rows)

    def __repr__(self) -> str:
        # Not in columns: their width would follow the measured numbers.
        lines = [self.title]
        for name, *cells, formula in self.table.rows:
            told = ", ".join(f"{design} {cell}" for design, cell in zip(DESIGNS, cells, strict=True))
            lines += [f"  {name}: {told}", f"    = {formula}"]
        return clean("\n".join(lines))

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def estimate(costs: Costs, assumed: Assumptions | None = None) -> Estimate:
    """Carry what was measured to so many users. Pure arithmetic; each line says its own formula."""
    a, c = assumed or Assumptions(), costs
    check(a)
    second = a.users * a.peak / DAY
    requests, logins, logouts = (
        second * each for each in (a.requests_a_day, a.logins_a_day, a.logouts_a_day)
    )
    refreshes = Three(0.0, *[second * a.minutes_a_day / a.access_minutes] * 2)
    touches = Three(second * a.minutes_a_day / a.touch_minutes, 0.0, 0.0)
    checks = Three(c.session_check, c.token_check, c.token_check + c.store_read)
    reads = Three(requests, refreshes.token, requests + refreshes.token)
    writes = Three(
        logins + touches.session + logouts,
        logins + refreshes.token + logouts,
        logins + refreshes.token + 2 * logouts,
    )
    families = a.users * a.devices * c.family_bytes
    denied = logouts * a.access_minutes * 60 * c.denied_bytes
    kept = Three(a.users * a.devices * c.session_bytes, families, families + denied)
    passwords = logins * (c.request + c.password)

    def each(*columns: Three, rule: Callable[..., float]) -> Three:
        return Three(*(rule(*cells) for cells in zip(*columns, strict=True)))

    def cores(check: float, more: float) -> float:
        return (requests * (c.request + check) + more * c.request + passwords) / 1e6 / a.busy

    def servers(read: float, write: float, size: float) -> float:
        needed = read / a.reads_each, write / a.writes_each, size / a.memory_each
        return a.copies * max(math.ceil(one) for one in needed)

    everyone = "users × {} × peak / 86,400"
    families_bytes = "users × devices × family_bytes"
    return Estimate(
        [
            Need("requests", "/s", same(requests), same(everyone.format("requests_a_day"))),
            Need("logins", "/s", same(logins), same(everyone.format("logins_a_day"))),
            Need("logouts", "/s", same(logouts), same(everyone.format("logouts_a_day"))),
            Need(
                "refreshes",
                "/s",
                refreshes,
                Three("0", *[everyone.format("minutes_a_day / access_minutes")] * 2),
            ),
            Need(
                "touches",
                "/s",
                touches,
                Three(everyone.format("minutes_a_day / touch_minutes"), "0", "0"),
            ),
            Need(
                "check",
                "µs",
                checks,
                Three("session_check", "token_check", "token_check + store_read"),
                True,
            ),
            Need(
                "cores",
                "",
                each(checks, refreshes, rule=cores),
                same(
                    "(requests × (request + check) + refreshes × request + logins × (request + password)) "
                    "/ 1,000,000 / busy"
                ),
                True,
            ),
            Need(
                "cores for the check",
                "",
                each(checks, rule=lambda check: requests * check / 1e6 / a.busy),
                same("requests × check / 1,000,000 / busy"),
                True,
            ),
            Need(
                "cores for passwords",
                "",
                same(logins * c.password / 1e6 / a.busy),
                same("logins × password / 1,000,000 / busy"),
                True,
            ),
            Need("store reads", "/s", reads, Three("requests", "refreshes", "requests + refreshes")),
            Need(
                "store writes",
                "/s",
                writes,
                Three(
                    "logins + touches + logouts",
                    "logins + refreshes + logouts",
                    "logins + refreshes + 2 × logouts",
                ),
            ),
            Need(
                "bytes kept",
                "B",
                kept,
                Three(
                    "users × devices × session_bytes",
                    families_bytes,
                    f"{families_bytes} + logouts × access_minutes × 60 × denied_bytes",
                ),
            ),
            Need(
                "store servers",
                "",
                each(reads, writes, kept, rule=servers),
                same(
                    "copies × max(up(store_reads / reads_each), up(store_writes / writes_each), "
                    "up(bytes_kept / memory_each))"
                ),
            ),
            Need(
                "SQLite files",
                "",
                each(writes, rule=lambda write: float(math.ceil(write * c.write / 1e6))),
                same("up(store_writes × write / 1,000,000)"),
                True,
            ),
            Need(
                "credential bytes",
                "B/s",
                Three(requests * c.cookie_header, *[requests * c.token_header] * 2),
                Three("requests × cookie_header", *["requests × token_header"] * 2),
            ),
            Need(
                "revocation lag",
                "s",
                Three(0.0, a.access_minutes * 60, 0.0),
                Three("0", "access_minutes × 60", "0"),
            ),
        ],
        a,
    )


def same(value: Any) -> Three:
    return Three(value, value, value)


def _cell(need: Need, value: float) -> str:
    about = "≈ " if need.measured and value else ""
    if need.unit.startswith("B"):
        return f"{about}{size(value)}{need.unit[1:]}"
    return f"{about}{written(value)}{' ' if need.unit and not need.unit.startswith('/') else ''}{need.unit}"
