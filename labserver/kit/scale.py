"""What each design needs for so many users: cores, lookups, writes, bytes, store servers, revocation lag.

Costs are measured (see capacity.fit); Assumptions are knobs. Each Need says its formula in the names of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from labserver.kit.look import clean
from labserver.kit.table import Table

DAY = 86_400
DESIGNS = ("session", "token", "token + denylist")


@dataclass(frozen=True)
class Costs:
    """What one server spends: times in microseconds of one core, sizes in bytes."""

    request: float
    """a request, besides its check"""
    session_check: float
    """the check of a session, its lookup included"""
    token_check: float
    """the check of a token"""
    store_read: float
    """one lookup in the store, as the server waits for it"""
    password: float
    """the password hash of a login"""
    write: float
    """one durable write to the store, as the server waits for it"""
    # These differ little from machine to machine; rows were measured over 20,000 of them in Redis 6.2.
    session_bytes: float = 490.0
    """a session in Redis; growth.sessions("redis") measures it"""
    family_bytes: float = 570.0
    """a refresh family in Redis"""
    denied_bytes: float = 430.0
    """a denied token in Redis"""
    cookie_header: float = 57.0
    """the line that carries a session id, `Cookie: sid=…`"""
    token_header: float = 312.0
    """the line that carries an HS256 token of this server, `Authorization: Bearer …`"""


@dataclass(frozen=True)
class Assumptions:
    """What one machine cannot tell. Change any: `Assumptions(users=1e6)`."""

    users: float = 1e8
    """people who come every day"""
    requests_a_day: float = 50.0
    """requests of one of them"""
    logins_a_day: float = 0.1
    """logins of one of them: most come back with what they hold"""
    logouts_a_day: float = 0.05
    """logouts of one of them"""
    minutes_a_day: float = 30.0
    """minutes in a day that one of them is at it"""
    devices: float = 2.0
    """live sessions, or refresh families, of one of them"""
    peak: float = 3.0
    """how many times the mean the busiest hour is"""
    busy: float = 0.6
    """how busy a core may be at the peak; beyond it, requests wait"""
    access_minutes: float = 15.0
    """minutes that an access token is good"""
    touch_minutes: float = 1.0
    """minutes between two writes of "last used" """
    reads_each: float = 100_000.0
    """lookups a second that one store server answers"""
    writes_each: float = 20_000.0
    """writes a second that one store server takes"""
    memory_each: float = 64e9
    """bytes that one store server holds"""
    copies: float = 2.0
    """store servers that hold the same, so that one may fail"""


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
        return "; ".join(f"{' and '.join(designs)}: {text}" for text, designs in told.items())


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


def check(assumed: Assumptions) -> None:
    """Raise ValueError for an assumption that makes no sense."""
    for each in fields(assumed):
        value = getattr(assumed, each.name)
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{each.name} is a number that is not negative, not {value!r}")
    for name in ("busy", "access_minutes", "touch_minutes", "reads_each", "writes_each", "memory_each"):
        if not getattr(assumed, name):
            raise ValueError(f"{name} is divided by: it cannot be 0")
    if assumed.busy > 1:
        raise ValueError("busy is a share of a core: at most 1")


def _cell(need: Need, value: float) -> str:
    about = "≈ " if need.measured and value else ""
    if need.unit.startswith("B"):
        return f"{about}{size(value)}{need.unit[1:]}"
    return f"{about}{written(value)}{' ' if need.unit and not need.unit.startswith('/') else ''}{need.unit}"


def written(value: float) -> str:
    """Write a number in three digits: 0, 0.5, 1,740, 17,400, 1.74 million."""
    rounded = _rounded(value)
    for most, word in ((1e9, " billion"), (1e6, " million")):
        if abs(rounded) >= most:
            return f"{rounded / most:,.6g}{word}"
    return f"{rounded:,.6g}"


def size(value: float) -> str:
    """Write a number of bytes in three digits: 570 B, 9.9 MB, 1.2 TB."""
    rounded, unit = _rounded(value), "B"
    for larger in ("kB", "MB", "GB", "TB", "PB"):
        if rounded < 1000:
            break
        rounded, unit = rounded / 1000, larger
    return f"{rounded:,.6g} {unit}"


def _rounded(value: float) -> float:
    return round(value, 2 - math.floor(math.log10(abs(value)))) if value else 0.0
