"""What each design needs for a number of users: cores, lookups, writes, bytes, store servers, revocation lag.

Costs are measured (see capacity.fit); Assumptions are knobs. A Need shows its formula in the names of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from labserver.kit.display.formatting import clean
from labserver.kit.display.table import Table
from labserver.kit.scaling.assumptions import Assumptions, Costs, check, size, written
from labserver.kit.scaling.formula import evaluate

DESIGNS = ("session", "token", "token + denylist")


T = TypeVar("T")


class Three(NamedTuple, Generic[T]):
    """A number, or its formula, for each design."""

    session: T
    token: T
    denylist: T


@dataclass(frozen=True)
class Need:
    """One line of the estimate: `need.token` is what tokens need, `need.formulas.token` says why."""

    name: str
    unit: str
    values: Three[float]
    formulas: Three[str]
    measured: bool = False
    """Whether something measured is in it; else it follows from the assumptions alone."""

    @property
    def session(self) -> float:
        """What sessions need."""
        return self.values.session

    @property
    def token(self) -> float:
        """What tokens need."""
        return self.values.token

    @property
    def denylist(self) -> float:
        """What tokens with a denylist need."""
        return self.values.denylist

    @property
    def formula(self) -> str:
        """The formulas, those that are alike together."""
        groups: dict[str, list[str]] = {}
        for design, text in zip(DESIGNS, self.formulas, strict=True):
            groups.setdefault(text, []).append(design)
        if len(groups) == 1:
            return self.formulas.session
        return "; ".join(f"{', '.join(designs)}: {text}" for text, designs in groups.items())


class Estimate:
    """What each design needs: `need["cores"].token` is a number, `need["cores"].formula` says why."""

    def __init__(self, needs: list[Need], assumed: Assumptions) -> None:
        self.needs, self.assumed = needs, assumed

    def __getitem__(self, name: str) -> Need:
        for need in self.needs:
            if need.name == name:
                return need
        raise KeyError(f"there is no {name!r}: there are {', '.join(need.name for need in self.needs)}")

    def only(self, *names: str) -> Estimate:
        """Return these lines alone, to read fewer at a time. Raises KeyError for an unknown name."""
        return Estimate([self[name] for name in names], self.assumed)

    def __iter__(self) -> Iterator[Need]:
        return iter(self.needs)

    @property
    def title(self) -> str:
        """For how many users this is."""
        return f"What {written(self.assumed.users)} users need at the peak"

    @property
    def table(self) -> Table:
        """One row for each line, with its formula."""
        rows = [
            [need.name, *(_cell(need, value) for value in need.values), need.formula] for need in self.needs
        ]
        return Table(self.title, ["", *DESIGNS, "formula"], rows)

    def __repr__(self) -> str:
        # Not in columns: their width would follow the measured numbers.
        lines = [self.title]
        for name, *cells, formula in self.table.rows:
            needs = ", ".join(f"{design} {cell}" for design, cell in zip(DESIGNS, cells, strict=True))
            lines += [f"  {name}: {needs}", f"    = {formula}"]
        return clean("\n".join(lines))

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def same(formula: str) -> Three[str]:
    """Use one formula for every design."""
    return Three(formula, formula, formula)


@dataclass(frozen=True)
class Line:
    """How one line of the estimate is computed. A formula may use the lines above it, `_` for each space."""

    name: str
    unit: str
    formulas: Three[str]
    measured: bool = False


_EVERYONE = "users × {} × peak / 86,400"
_SESSION_LOGINS = _EVERYONE.format(
    "max(logins_a_day, 24 / max(24, min(session_hours, idle_minutes / 60)), "
    "minutes_a_day / 60 / session_hours)"
)
_TOKEN_LOGINS = _EVERYONE.format("max(logins_a_day, 1 / family_days)")
_REFRESHES = _EVERYONE.format("minutes_a_day / access_minutes")
_FAMILIES = "users × devices × family_bytes"
LINES = (
    Line("requests", "/s", same(_EVERYONE.format("requests_a_day"))),
    Line(
        "logins",
        "/s",
        Three(
            # Yesterday's session is there only if both of its limits are longer than a day.
            _SESSION_LOGINS,
            _TOKEN_LOGINS,
            _TOKEN_LOGINS,
        ),
    ),
    Line("logouts", "/s", same(_EVERYONE.format("logouts_a_day"))),
    Line("refreshes", "/s", Three("0", _REFRESHES, _REFRESHES)),
    Line("last use written", "/s", Three(_EVERYONE.format("minutes_a_day / last_used_minutes"), "0", "0")),
    Line("check", "µs", Three("session_check", "token_check", "token_check + store_read"), measured=True),
    Line(
        "cores",
        "",
        same(
            "(requests × (request + check) + refreshes × request + logins × (request + password)) "
            "/ 1,000,000 / busy"
        ),
        measured=True,
    ),
    Line("cores for the check", "", same("requests × check / 1,000,000 / busy"), measured=True),
    Line("cores for passwords", "", same("logins × password / 1,000,000 / busy"), measured=True),
    Line("store reads", "/s", Three("requests", "refreshes", "requests + refreshes")),
    Line(
        "store writes",
        "/s",
        Three(
            "logins + last_use_written + logouts",
            "logins + refreshes + logouts",
            "logins + refreshes + 2 × logouts",
        ),
    ),
    Line(
        "bytes kept",
        "B",
        Three(
            # A session's row lives while it is used, and for the idle limit; a family's until its end.
            "users × devices × min(1, peak × (minutes_a_day + idle_minutes) / 1,440) × session_bytes",
            _FAMILIES,
            f"{_FAMILIES} + logouts × access_minutes × 60 × denied_bytes",
        ),
    ),
    Line(
        "store servers",
        "",
        same(
            "copies × max(up(store_reads / reads_each), up(store_writes / writes_each), "
            "up(bytes_kept / memory_each))"
        ),
    ),
    Line("SQLite files", "", same("up(store_writes × write / 1,000,000)"), measured=True),
    Line(
        "credential bytes",
        "B/s",
        Three("requests × cookie_header", "requests × token_header", "requests × token_header"),
    ),
    Line("revocation lag", "s", Three("0", "access_minutes × 60", "0")),
)
"""The whole model. Each formula is both what is computed and what is shown."""


def estimate(costs: Costs, assumed: Assumptions | None = None) -> Estimate:
    """Compute what each design needs, from measured costs. Raises ValueError for an impossible assumption."""
    assumed = assumed or Assumptions()
    check(assumed)
    values = [_values(design, vars(costs) | vars(assumed)) for design in range(len(DESIGNS))]
    return Estimate(
        [
            Need(line.name, line.unit, Three(*numbers), line.formulas, line.measured)
            for line, numbers in zip(LINES, zip(*values, strict=True), strict=True)
        ],
        assumed,
    )


def _values(design: int, names: dict[str, float]) -> list[float]:
    """Compute the lines of one design, from top to bottom. `names` are its costs and assumptions."""
    values = []
    for line in LINES:
        values.append(evaluate(line.formulas[design], names))
        names[line.name.replace(" ", "_")] = values[-1]
    return values


def _cell(need: Need, value: float) -> str:
    about = "≈ " if need.measured and value else ""
    if need.unit.startswith("B"):
        return f"{about}{size(value)}{need.unit[1:]}"
    return f"{about}{written(value)}{' ' if need.unit and not need.unit.startswith('/') else ''}{need.unit}"
