"""Results of another computer, for one that lacks a Redis. They are shown as what they are: stored.

`python -m tools.stored` makes them again, where there is one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any, NamedTuple

from labserver.kit.failures import KitError, NoRedis

FILE = "redis.json"


class StoredResult(NamedTuple):
    """The result of an experiment with a Redis, and where it ran: `label` belongs in its title."""

    data: Any
    here: bool
    label: str


def redis_or_stored(name: str, run: Callable[[], Any]) -> StoredResult:
    """Run an experiment that needs a Redis; where there is none, return the stored results of that name."""
    try:
        return StoredResult(run(), True, "Redis: run here")
    except NoRedis:
        return recall(name)


def recall(name: str) -> StoredResult:
    """Return stored results. Raises KitError where none have that name."""
    kept = json.loads(files("labserver.kit").joinpath(FILE).read_text(encoding="utf-8"))
    if name not in kept["results"]:
        raise KitError(f"there is no Redis here, and no stored result is called {name!r}")
    label = f"Redis: there is none here, so stored results of {kept['when']}"
    return StoredResult(kept["results"][name], False, label)
