"""The stores: the one place that lists them. Help, error messages and test matrices follow from it.

The lessons that measure growth or survive crashes know their own: `kit/scaling`, `load/filling.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labserver.storage.base import Store
from labserver.storage.memory import MemoryStore
from labserver.storage.redis import RedisStore
from labserver.storage.sqlite import SQLiteStore


@dataclass(frozen=True, slots=True)
class StoreEntry:
    """A kind of store, and how it is named, opened and started."""

    name: str
    """`Store.name`."""

    title: str
    """Its name in tables."""

    schemes: tuple[str, ...]
    """How its address begins, colon and slashes included."""

    example: str
    """An address, as help and error messages show it."""

    open: Callable[[str, Path], Store]
    """Open the store at an address; the folder is the server's home."""

    durability: str
    """What its rows survive, in a few words."""

    shared: bool = True
    """Whether all workers of a server see the same rows."""

    on_disk: bool = False
    """Whether its address is `NAME:PATH`, with an empty path for a place in the server's home folder."""

    starter: str | None = None
    """The module that starts a private one: `python -m` it, and its first line is `{"url": …}`."""


STORES: dict[str, StoreEntry] = {}


def register(entry: StoreEntry) -> None:
    """Add a kind of store. Raises ValueError if its name or an address's scheme is taken."""
    taken = [scheme for known in STORES.values() for scheme in known.schemes]
    if entry.name in STORES or set(entry.schemes) & set(taken):
        raise ValueError(f"There is already a store {entry.name!r}, or one at {', '.join(entry.schemes)}.")
    STORES[entry.name] = entry


def examples() -> str:
    """List one address of each kind: `memory:, sqlite:PATH or redis://HOST:PORT`."""
    *first, last = (entry.example for entry in STORES.values())
    return f"{', '.join(first)} or {last}"


def find_entry(address: str) -> StoreEntry:
    """Return the kind of store that an address names. Raises ValueError for an unknown one."""
    for entry in STORES.values():
        if address.startswith(entry.schemes):
            return entry
    raise ValueError(f"There is no store {address!r}: use {examples()}.")


def open_store(address: str, home: Path) -> Store:
    """Open the store at an address. Raises StoreUnusable, or ValueError for an unknown kind."""
    return find_entry(address).open(address, home)


def disk_path(address: str) -> str:
    """Return the path that an address names; empty if it names none, or an unknown store."""
    name, _, path = address.partition(":")
    return path if name in STORES and STORES[name].on_disk else ""


def _open_memory(address: str, home: Path) -> Store:
    if address != "memory:":
        raise ValueError(f"There is no store {address!r}: memory: takes no path.")
    return MemoryStore()


register(
    StoreEntry(
        name="memory",
        title="memory",
        schemes=("memory:",),
        example="memory:",
        open=_open_memory,
        durability="nothing: gone with the process",
        shared=False,
    )
)
register(
    StoreEntry(
        name="sqlite",
        title="SQLite",
        schemes=("sqlite:",),
        example="sqlite:PATH",
        open=lambda address, home: SQLiteStore(Path(disk_path(address) or home / "sessions.db")),
        durability="a crash of the server or the machine",
        on_disk=True,
    )
)
register(
    StoreEntry(
        name="redis",
        title="Redis",
        schemes=("redis://", "rediss://", "unix://"),
        example="redis://HOST:PORT",
        open=lambda address, home: RedisStore(address),
        durability="a crash of the server; of the machine, if Redis is set up for it",
        starter="labserver.runtime.redis_server",
    )
)
