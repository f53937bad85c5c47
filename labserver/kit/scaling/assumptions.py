"""What an estimate rests on: costs, which were measured, and assumptions, which are knobs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from labserver.kit.display.formatting import duration
from labserver.kit.display.table import Table

NONE = object()


def knob(unit: str, about: str, value: Any = NONE) -> Any:
    """Make a field with its unit and what it is."""
    said = {"unit": unit, "about": about}
    return field(metadata=said) if value is NONE else field(default=value, metadata=said)


class Shown:
    """A dataclass of knobs that is shown as a table: name, value, what it is."""

    title: ClassVar[str]

    @property
    def table(self) -> Table:
        """One row for each field."""
        rows = [
            [each.name, self._cell(each.metadata["unit"], getattr(self, each.name)), each.metadata["about"]]
            for each in fields(self)  # type: ignore[arg-type]
        ]
        return Table(self.title, ["name", "value", "what it is"], rows)

    @staticmethod
    def _cell(unit: str, value: float) -> str:
        if unit == "µs":
            return duration(value)
        return size(value) if unit == "B" else f"{written(value)} {unit}".strip()

    def __repr__(self) -> str:
        # Not in columns: their width would follow the measured numbers.
        return "\n".join(
            [self.title, *(f"  {name}: {value}, {about}" for name, value, about in self.table.rows)]
        )

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


@dataclass(frozen=True, repr=False)
class Costs(Shown):
    """What one server spends: times in microseconds of one core, sizes in bytes. See `fit(...).costs`."""

    title: ClassVar[str] = "Costs, measured"

    request: float = knob("µs", "a request, besides its check")
    session_check: float = knob("µs", "the check of a session, its look-up included")
    token_check: float = knob("µs", "the check of a token")
    store_read: float = knob("µs", "one look-up in the store, as the server waits for it")
    password: float = knob("µs", "the password hash of a login")
    write: float = knob("µs", "one durable write to the store, as the server waits for it")
    # These differ little from machine to machine; rows were measured over 20,000 of them in Redis 6.2.
    session_bytes: float = knob("B", "a session in Redis; growth.sessions measures it", 490.0)
    family_bytes: float = knob("B", "a refresh family in Redis", 570.0)
    denied_bytes: float = knob("B", "a denied token in Redis", 430.0)
    cookie_header: float = knob("B", "the line that carries a session id, Cookie: sid=…", 57.0)
    token_header: float = knob("B", "the line that carries an HS256 token, Authorization: Bearer …", 312.0)


@dataclass(frozen=True, repr=False)
class Assumptions(Shown):
    """What one machine cannot tell. Change any: `Assumptions(users=1e6)`."""

    title: ClassVar[str] = "Assumptions, each a knob"

    users: float = knob("", "people who come every day", 1e8)
    requests_a_day: float = knob("", "requests of one of them", 50.0)
    logins_a_day: float = knob("", "logins of one of them, where no limit asks for more", 0.1)
    logouts_a_day: float = knob("", "logouts of one of them", 0.05)
    minutes_a_day: float = knob("min", "how long in a day one of them is at it", 30.0)
    devices: float = knob("", "devices on which one of them is logged in", 2.0)
    session_hours: float = knob("h", "the absolute limit of a session; then there is a login again", 12.0)
    idle_minutes: float = knob("min", "an unused session ends after this time", 30.0)
    family_days: float = knob("d", "the absolute limit of a refresh family", 14.0)
    peak: float = knob("", "how many times the mean the busiest hour is", 3.0)
    busy: float = knob("", "how busy a core may be at the peak; beyond it, requests wait", 0.6)
    access_minutes: float = knob("min", "how long an access token is good", 15.0)
    last_used_minutes: float = knob("min", "how often at the most a session's last use is written", 1.0)
    reads_each: float = knob("/s", "lookups that one store server answers", 100_000.0)
    writes_each: float = knob("/s", "writes that one store server takes", 20_000.0)
    memory_each: float = knob("B", "what one store server holds", 64e9)
    copies: float = knob("", "store servers that hold the same, so that one may fail", 2.0)


def check(assumed: Assumptions) -> None:
    """Raise ValueError for an assumption that makes no sense."""
    for each in fields(assumed):
        value = getattr(assumed, each.name)
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{each.name} is a number that is not negative, not {value!r}")
    for name in (
        "busy",
        "access_minutes",
        "family_days",
        "session_hours",
        "last_used_minutes",
        "reads_each",
        "writes_each",
        "memory_each",
    ):
        if not getattr(assumed, name):
            raise ValueError(f"{name} is divided by: it cannot be 0")
    if assumed.busy > 1:
        raise ValueError("busy is a share of a core: at most 1")


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
