"""How a store grows: what a session costs when there are a thousand of them, and when there are a million.

    grown = growth.sessions("sqlite", "redis", sizes=(1_000, 100_000))   # really filled, really looked up
    grown                                   # a plot; print(grown) writes it in words
    grown.ratio("sqlite")                   # how many times as long a lookup takes in the largest
    grown.at("sqlite", 100_000).bytes_each  # what a session takes there

The rows are those that a login writes. A hundred thousand take about a second of a processor; a million take
ten, and 0.2 GB of disk, or 0.5 GB of memory in Redis. On a busy machine all of that takes longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labserver.kit.display import chart
from labserver.kit.display.formatting import duration
from labserver.kit.display.plot import Plot
from labserver.kit.display.progress import Live
from labserver.kit.failures import KitError, sentence
from labserver.kit.processes.child import Child
from labserver.kit.stopped import keep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZES = (1_000, 100_000)
MOST = 10_000_000
"""Sessions in a store."""
NAMES = {"sqlite": "SQLite", "redis": "Redis"}
SERIES_STYLES = {"sqlite": "store", "redis": "ink"}


@dataclass(frozen=True)
class GrowthPoint:
    """A store with `rows` sessions. Times are in microseconds for one lookup by a random id."""

    store: str
    rows: int
    us: float
    low: float
    high: float
    """A quarter of the blocks were faster than `low`, a quarter slower than `high`."""

    size: int
    """Bytes: of the database file, or of Redis's memory."""

    fill_seconds: float

    @property
    def bytes_each(self) -> float:
        """Bytes of one session."""
        return self.size / self.rows


class SessionGrowth:
    """What was measured: `grown["sqlite", 1000]` is one store; `missing` says which is not there, and why."""

    def __init__(self, filled: Sequence[GrowthPoint], missing: dict[str, str]) -> None:
        self.filled, self.missing = list(filled), missing
        self.stores = list(dict.fromkeys(each.store for each in filled))
        self.sizes = sorted({each.rows for each in filled})

    def __getitem__(self, which: tuple[str, int]) -> GrowthPoint:
        for each in self.filled:
            if (each.store, each.rows) == which:
                return each
        raise KeyError(f"{which} was not measured: there are {self.stores} with {self.sizes} rows")

    def at(self, store: str, rows: int) -> GrowthPoint:
        """Return one store with this number of rows. Raises KeyError if it was not measured."""
        return self[store, rows]

    def ratio(self, store: str) -> float:
        """Return how many times as long a lookup takes in the largest store as in the smallest."""
        return self[store, self.sizes[-1]].us / self[store, self.sizes[0]].us

    @property
    def verdict(self) -> str:
        """The result in a sentence."""
        if not self.filled:
            return "Nothing was measured."
        parts = [
            f"{NAMES[store]} ≈ {self.ratio(store):.1f} times the time and "
            f"≈ {self[store, self.sizes[-1]].bytes_each:,.0f} bytes each"
            for store in self.stores
        ]
        return f"From {self.sizes[0]:,} sessions to {self.sizes[-1]:,}: {'; '.join(parts)}."

    @property
    def plot(self) -> Plot:
        """The picture: the time of a lookup over the number of sessions."""
        rows = [
            [f"{size:,} sessions", *(self._cell(store, size) for store in self.stores)] for size in self.sizes
        ]
        about = (
            "A look-up by random id, the connection kept; bands hold the middle half. SQLite: processor "
            "time. Redis: by the clock, because another process is waited for."
        )
        return Plot(
            self.verdict, ["", *(NAMES[store] for store in self.stores)], rows, self._draw,
            about=" ".join([about, *self.missing.values()]),
        )  # fmt: skip

    def _cell(self, store: str, size: int) -> str:
        return f"{duration(self[store, size].us)}, ≈ {self[store, size].bytes_each:,.0f} bytes each"

    def _draw(self, axes: Axes) -> None:
        axes.set_xscale("log")
        for store in self.stores:
            line = [self[store, size] for size in self.sizes]
            chart.line(
                axes,
                self.sizes,
                [each.us for each in line],
                NAMES[store],
                SERIES_STYLES[store],
                [each.low for each in line],
                [each.high for each in line],
                dots=True,
            )
        axes.set_ylim(0, 1.6 * max((each.us for each in self.filled), default=1))
        axes.set_xticks(self.sizes)
        chart.units(axes, x="sessions", y="µs")

    def __repr__(self) -> str:
        return "\n".join([repr(self.plot), *self.missing.values()])

    def _repr_html_(self) -> str:
        return self.plot._repr_html_()


def sessions(*stores: str, sizes: Sequence[int] = SIZES, blocks: int = 200) -> SessionGrowth:
    """Fill stores with these numbers of sessions, and time lookups by random ids, in turns over the sizes.

    Stores are "sqlite" and "redis"; a Redis that is not there is named in `missing`. Lookups are timed in
    `blocks` of 50 for each size. Raises KitError for what cannot be done.
    """
    stores = stores or ("sqlite",)
    steps = sorted({*sizes})
    if not steps or steps[0] < 1 or steps[-1] > MOST or len(steps) > 16:
        raise KitError(f"sizes are numbers of sessions from 1 to {MOST:,}, at most 16 of them")
    for store in stores:
        if store not in NAMES:
            raise KitError(f"there is no store {store!r} that grows: there are sqlite and redis")
    filled: list[GrowthPoint] = []
    missing: dict[str, str] = {}
    total, before, done = sum(steps) * len(stores), 0, 0

    def found() -> tuple[str, SessionGrowth | None]:
        whole = [each for each in filled if [one.store for one in filled].count(each.store) == len(steps)]
        return f"{done:,} of {total:,} sessions", SessionGrowth(whole, missing) if whole else None

    with keep(found), Live() as live:

        def see(line: dict[str, Any]) -> None:
            nonlocal done
            if "us" in line:
                filled.append(GrowthPoint(**line))
            elif "missing" in line:
                missing[store] = f"{NAMES[store]} was not measured: {line['missing']}"
            elif "filled" in line:
                done = before + sum(size for size in steps if size < line["rows"]) + line["filled"]
                words = f"{NAMES[store]}: {line['filled']:,} of {line['rows']:,} sessions"
                live.show(0.9 * done / total, words)

        for store in stores:
            ask({"store": store, "sizes": steps, "blocks": blocks}, see, 60 + sum(steps) / 5000)
            before += sum(steps)
    return SessionGrowth(sorted(filled, key=lambda each: each.rows), missing)


def ask(job: dict[str, Any], see: Callable[[dict[str, Any]], None], patience: float) -> None:
    """Let the server's own code do a job in its own process. Raises KitError if it breaks off."""
    worker = Child("the growth", "labserver.load.filling")
    try:
        worker.send(job)
        for line in worker.lines(patience):
            if "done" in line:
                return
            see(line)
        raise KitError(f"the growth broke off: {sentence(worker.exit_reason())}")
    except TimeoutError as error:
        raise KitError(f"{error}: the machine may be very busy. Run it again, with smaller sizes.") from None
    finally:
        worker.stop()
