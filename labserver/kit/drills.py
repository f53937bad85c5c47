"""Failure drills, counted in survivors: who is still in after a restart, a crash, an outage, a new key?

    drills.everywhere(drills.lost)         # 1, 2, 4 workers on each store: the share of requests lost
    drills.everywhere(drills.survivors)    # one event after the other on each store

Each drill starts servers of its own. Where there is no Redis, its part is shown from stored results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from labserver.kit.crowd import Crowd
from labserver.kit.lab import Lab
from labserver.kit.live import Live
from labserver.kit.stored import redis_or_stored
from labserver.kit.table import Table

STORES = ("memory", "sqlite", "redis")
WORKERS = (1, 2, 4)
FLOWS = ("session", "token")
PEOPLE = 4
Found = dict[str, dict[str, Any]]
Drill = Callable[[str], Found]


def lost(store: str) -> Found:
    """Start 1, 2, 4 workers on this store. Gives the share of requests lost: {"2": {"session": 0.5, …}}."""
    found = {}
    for workers in WORKERS:
        with Lab.start(store=store, workers=workers) as lab:
            crowds = [Crowd(lab, flow, PEOPLE) for flow in FLOWS]
            found[str(workers)] = {crowd.flow: round(crowd.meet(workers).lost, 2) for crowd in crowds}
    return found


def survivors(store: str) -> Found:
    """Let one thing after the other happen to a server on this store. Gives who is left: "4 of 4"."""
    with Lab.start(store=store, algorithm="ES256", kept=True) as lab:
        found = {}
        crowds = [Crowd(lab, flow, PEOPLE) for flow in FLOWS]
        for name, event in EVENTS.items():
            for crowd in crowds:
                crowd.log_in()
            with event(lab) as asked:
                found[name] = {crowd.flow: str(crowd.ask(at=asked)) for crowd in crowds}
        return found


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
    yield lab
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

    def __init__(self, drill: str, found: dict[str, Found], label: str) -> None:
        self.drill, self.label, self._found = drill, label, found

    def __getitem__(self, store: str) -> Found:
        return self._found[store]

    @property
    def table(self) -> Table:
        """Give one row for each event, one column for each store; for tokens one, if the stores agree."""
        rows = [
            [name, *(_cell(self[store][name]["session"]) for store in self._found), self._tokens(name)]
            for name in self["memory"]
        ]
        head = [_HEADS[self.drill], *(f"session, {_NAMES[store]}" for store in self._found), "token"]
        return Table(f"{_TITLES[self.drill]} · {self.label}", head, rows)

    def _tokens(self, name: str) -> str:
        """Say how the tokens fared; if it depended on the store, for each of them."""
        cells = [_cell(self[store][name]["token"]) for store in self._found]
        return cells[0] if len({*cells}) == 1 else " / ".join(cells)

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


_NAMES = {"memory": "memory", "sqlite": "SQLite", "redis": "Redis"}
_TITLES = {"lost": "Share of requests lost", "survivors": "Who is still in"}
_HEADS = {"lost": "workers", "survivors": "what happened"}


def _cell(value: Any) -> str:
    """Write a share of 1; what is a matter of chance with the sign that says so."""
    if isinstance(value, str):
        return value
    return f"≈ {value:.2f}" if value else "none"


def everywhere(drill: Drill) -> Results:
    """Run a drill on every store at the same time, and show how far it is."""
    name = drill.__name__
    with Live() as live, ThreadPoolExecutor(len(STORES)) as pool:
        live.show(0, f"{name}: on {', '.join(STORES)}")
        redis = pool.submit(redis_or_stored, f"10-{name}", partial(drill, "redis"))
        others = {store: pool.submit(drill, store) for store in STORES[:-1]}
        found = {}
        for number, (store, future) in enumerate(others.items(), 1):
            found[store] = future.result()
            live.show(number / len(STORES), f"{name}: {store} is done")
        last = redis.result()
    return Results(name, found | {"redis": last.data}, last.label)
