"""Failure drills, counted in survivors: who is still in after a restart, a crash, an outage, a new key?

    drills.everywhere(drills.lost)         # 1, 2, 4 workers on each store: the share of requests lost
    drills.everywhere(drills.survivors)    # one event after the other on each store

Each drill starts servers of its own. Where there is no Redis, its part is shown from stored results.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

from labserver.kit.display.progress import Live
from labserver.kit.display.table import Table
from labserver.kit.lab import Lab
from labserver.kit.scaling.crowd import Crowd
from labserver.kit.scaling.stored import redis_or_stored
from labserver.kit.stopped import Task, heed, keep

STORES = ("memory", "sqlite", "redis")
WORKERS = (1, 2, 4)
FLOWS = ("session", "token")
PEOPLE = 4
PATIENCE = 10.0
"""Seconds for the servers of an interrupted drill to go. They go by themselves, too, but later."""

Cells = dict[str, Any]
"""By flow: the share of requests lost (1 is all of them), or how many people are still in, as in "4 of 4"."""
Count = dict[str, Cells]
"""The cells of each row."""


class Drill:
    """What is tried on a store, row by row. Call it for all rows at once: `drills.lost("sqlite")`."""

    def __init__(self, rows: Callable[[str], Iterator[tuple[str, Cells]]]) -> None:
        self.rows, self.__name__, self.__doc__ = rows, rows.__name__, rows.__doc__

    def __call__(self, store: str) -> Count:
        return dict(self.rows(store))


@Drill
def lost(store: str) -> Iterator[tuple[str, Cells]]:
    """Start 1, 2, 4 workers on this store. Yields the share of requests lost: {"2": {"session": 0.5, …}}."""
    for workers in WORKERS:
        with Lab.start(store=store, workers=workers) as lab:
            crowds = [Crowd(lab, flow, PEOPLE) for flow in FLOWS]
            yield str(workers), {crowd.flow: round(crowd.meet(workers).lost, 2) for crowd in crowds}


@Drill
def survivors(store: str) -> Iterator[tuple[str, Cells]]:
    """Let one event after the other happen to a server on this store. Yields who is left: "4 of 4"."""
    with Lab.start(store=store, algorithm="ES256", kept=True) as lab:
        crowds = [Crowd(lab, flow, PEOPLE) for flow in FLOWS]
        for name, event in EVENTS.items():
            for crowd in crowds:
                crowd.log_in()
            with event(lab) as asked:
                cells = {crowd.flow: str(crowd.ask(at=asked)) for crowd in crowds}
            yield name, cells


@contextmanager
def _restart(lab: Lab) -> Iterator[Lab]:
    lab.restart()
    yield lab


@contextmanager
def _crash(lab: Lab) -> Iterator[Lab]:
    lab.kill()
    lab.restart()
    yield lab


@contextmanager
def _outage(lab: Lab) -> Iterator[Lab]:
    lab.faults.store_down()
    try:
        yield lab
    finally:
        lab.faults.store_up()


@contextmanager
def _after_an_outage(lab: Lab) -> Iterator[Lab]:
    lab.faults.store_down()
    lab.faults.store_up()
    yield lab


@contextmanager
def _rotation(lab: Lab) -> Iterator[Lab]:
    lab.keys.rotate()
    yield lab


@contextmanager
def _rotation_without_overlap(lab: Lab) -> Iterator[Lab]:
    lab.keys.rotate()
    lab.keys.retire()
    yield lab


@contextmanager
def _another_machine(lab: Lab) -> Iterator[Lab]:
    with lab.twin() as twin:
        yield twin


EVENTS = {
    "a restart": _restart,
    "kill -9, then a start": _crash,
    "the store is down": _outage,
    "the store is back": _after_an_outage,
    "a new key, the old one kept": _rotation,
    "a new key, the old one retired": _rotation_without_overlap,
    "a second machine answers": _another_machine,
}
"""What happens between the login and the next request, and which server then is asked."""


class Results:
    """What a drill has found on every store; `results["redis"]["a restart"]["session"]`, and a table."""

    def __init__(self, drill: str, found: dict[str, Count], label: str) -> None:
        self.drill, self.label, self._found = drill, label, found

    def __getitem__(self, store: str) -> Count:
        return self._found[store]

    @property
    def table(self) -> Table:
        """One row for each event, one column for each store; for tokens one, if the stores agree."""
        names = dict.fromkeys(name for rows in self._found.values() for name in rows)
        rows = [
            [name, *(self._text(store, name, "session") for store in self._found), self._tokens(name)]
            for name in names
        ]
        head = [_HEADS[self.drill], *(f"session, {_NAMES[store]}" for store in self._found), "token"]
        return Table(f"{_TITLES[self.drill]} · {self.label}", head, rows)

    def _text(self, store: str, name: str, flow: str) -> str:
        """Write what was found; a dash where the drill was stopped before it came to this."""
        return _cell(self[store][name][flow]) if name in self[store] else "–"

    def _tokens(self, name: str) -> str:
        """Write what became of the tokens; if that depended on the store, for each of them."""
        cells = [self._text(store, name, "token") for store in self._found if name in self[store]]
        return cells[0] if len({*cells}) == 1 else " / ".join(cells)

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


_NAMES = {"memory": "memory", "sqlite": "SQLite", "redis": "Redis"}
_TITLES = {"lost": "Share of requests lost", "survivors": "Who is still in"}
_HEADS = {"lost": "workers", "survivors": "what happened"}


def _cell(value: Any) -> str:
    """Write a share of 1; what is a matter of chance with the sign for that."""
    if isinstance(value, str):
        return value
    return f"≈ {value:.2f}" if value else "none"


def everywhere(drill: Drill | Callable[[str], Count]) -> Results:
    """Run a drill on every store at the same time, and show how far it is.

    Raises what the drill of a store raised.
    """
    name = drill.__name__
    found: dict[str, Count] = {store: {} for store in STORES}
    label = "Redis: run here"

    def run(store: str) -> Count:
        with closing(_rows(drill, store)) as rows:  # closed here, it stops its servers before the thread ends
            for row, cells in rows:
                found[store][row] = cells
                heed()
        return found[store]

    def run_redis() -> None:
        nonlocal label
        found["redis"], _, label = redis_or_stored(f"10-{name}", partial(run, "redis"))

    def so_far() -> tuple[str, Results | None]:
        count = sum(map(len, found.values()))
        return f"{count} rows, of all stores together", Results(name, found, label) if count else None

    tasks = [Task(run_redis if store == "redis" else partial(run, store)) for store in STORES]
    with keep(so_far), Live() as live:
        live.show(0, f"{name}: on {', '.join(STORES)}")
        try:
            for task in tasks:
                task.start()
            for number, (store, task) in enumerate(zip(STORES, tasks, strict=True), 1):
                task.wait()
                if task.error:
                    raise task.error
                live.show(number / len(STORES), f"{name}: {store} is done")
        finally:
            for task in tasks:
                task.end()
            for task in tasks:
                task.wait(PATIENCE)
    return Results(name, found, label)


def _rows(drill: Drill | Callable[[str], Count], store: str) -> Generator[tuple[str, Cells]]:
    """Yield the rows of a drill one by one; a plain function has them all at its end."""
    yield from drill.rows(store) if isinstance(drill, Drill) else drill(store).items()
