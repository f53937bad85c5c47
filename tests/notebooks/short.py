"""Shorten what takes long in a notebook: `import tests.notebooks.short` before its first cell.

Each cell is still run, and what it asks for is still asked of its own servers, for less long. The drills
alone are left out: they start two dozen servers of their own, touch none of the notebook's, and
tests/kit/test_drills.py runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from labserver.kit.capstone import examination
from labserver.kit.lab import Lab
from labserver.kit.scaling import drills
from tests.capstone.servers import FAST
from tests.kit.survivors import SESSIONS, TOKENS

SECONDS = 0.3
"""How long each measurement and each step of a load takes."""

FOUND: dict[str, dict[str, drills.Count]] = {
    "survivors": {
        store: {event: {"session": ends, "token": TOKENS[event]} for event, ends in events.items()}
        for store, events in SESSIONS.items()
    },
    "lost": {
        store: {str(workers): {"session": 1 - 1 / workers, "token": 0.0} for workers in drills.WORKERS}
        if store == "memory"
        else {str(workers): dict.fromkeys(drills.FLOWS, 0.0) for workers in drills.WORKERS}
        for store in drills.STORES
    },
}


def brief(method: Callable[..., Any]) -> Callable[..., Any]:
    """Give the same method, which takes SECONDS, whatever its arguments say."""

    @wraps(method)
    def shortened(*args: Any, **options: Any) -> Any:
        return method(*args, **options | {"seconds": SECONDS})

    return shortened


def quick(running: Callable[..., Any]) -> Callable[..., Any]:
    """Run a learner's server with passwords that are quick to check."""
    return lambda file, change=None: running(file, FAST | dict(change or {}))


for name in ("measure", "break_even", "load"):
    setattr(Lab, name, brief(getattr(Lab, name)))
drills.everywhere = lambda drill: drills.Results(drill.__name__, FOUND[drill.__name__], "not run here")
examination.running = quick(examination.running)
