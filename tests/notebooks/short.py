"""Shorten what takes long in a notebook: `import tests.notebooks.short` before its first cell.

Each cell is still run, and what it asks for is still asked of its own servers, for less long. They check
passwords with less work (`tests.quick_passwords`), but where a cell asserts what that costs; a cell that
paces itself sleeps for less long. The drills alone are left out: they start two dozen servers of their own,
touch none of the notebook's, and tests/kit/test_drills.py runs them.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

from labserver.kit.capstone import examination
from labserver.kit.lab import Lab
from labserver.kit.processes.child import Child
from labserver.kit.scaling import drills
from tests.capstone.servers import FAST
from tests.kit.survivors import SESSIONS, TOKENS

SECONDS = 0.3
"""How long each measurement and each step of a load takes."""

ROUNDS = 2
NAP = 0.02

AS_THEY_ARE = ("01-", "05-")
"""How the notebooks begin that assert what a password costs."""

NAME = "JPY_SESSION_NAME"
"""The variable by which Jupyter tells a kernel which notebook it runs."""

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


def brief(method: Callable[..., Any], **limits: float) -> Callable[..., Any]:
    """Give the same method, which keeps to these limits, whatever its arguments say."""

    @wraps(method)
    def shortened(*args: Any, **options: Any) -> Any:
        kept = {name: min(limit, options.get(name, limit)) for name, limit in limits.items()}
        return method(*args, **options | kept)

    return shortened


def napping(sleep: Callable[..., None]) -> Callable[..., None]:
    """Let a cell sleep for at most NAP; the kit sleeps as before."""

    def nap(seconds: float) -> None:
        in_a_cell = sys._getframe(1).f_globals["__name__"] == "__main__"
        sleep(min(seconds, NAP) if in_a_cell else seconds)

    return nap


def start_quick(run: Callable[..., None]) -> Callable[..., None]:
    """Let `python -m labserver` be the one with quick passwords."""

    @wraps(run)
    def started(self: Child, *arguments: str, **options: Any) -> None:
        measured = Path(os.environ.get(NAME, "")).name.startswith(AS_THEY_ARE)
        if self._module == "labserver" and not measured:
            self._module = "tests.quick_passwords"
        run(self, *arguments, **options)

    return started


def quick(running: Callable[..., Any]) -> Callable[..., Any]:
    """Run a learner's server with passwords that are quick to check."""
    return lambda file, change=None: running(file, FAST | dict(change or {}))


METHODS: list[tuple[type, str, Callable[..., Callable[..., Any]]]] = [
    (Lab, "measure", partial(brief, seconds=SECONDS)),
    (Lab, "break_even", partial(brief, seconds=SECONDS)),
    (Lab, "load", partial(brief, seconds=SECONDS, rounds=ROUNDS)),
    (Child, "run", start_quick),
]
for owner, name, change in METHODS:
    setattr(owner, name, change(getattr(owner, name)))
time.sleep = napping(time.sleep)
drills.everywhere = lambda drill: drills.Results(drill.__name__, FOUND[drill.__name__], "not run here")
examination.running = quick(examination.running)
