"""What a learner has done so far, in one file beside the notebooks. It is never sent anywhere.

    record("exercise", "02-is-live", right=True)
    read()["exercise"]["02-is-live"]       # {"right": True}

Only notebooks write it, and a notebook as it comes writes nothing: no prediction is made, no exercise right.
Two notebooks may write at once: each reads the file, adds to it and replaces it, while it holds a lock.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard

from labserver.kit.display.progress import notebook_shell
from labserver.runtime.file_lock import try_lock

FILE = ".progress.json"
"""In the notebooks' folder (the kernel's working folder); git ignores it."""

EARLIER = ".predictions.json"
"""What older versions wrote: predictions alone, by letters."""

KINDS = ("prediction", "exercise", "step")
PATIENCE = 5.0
"""Seconds to wait for another notebook that is writing; a write takes milliseconds."""

Facts = dict[str, str | bool]
Kept = dict[str, dict[str, Facts]]
"""By kind, then by name: {"prediction": {"02-row": {"said": "hash", "run": "hash"}}, "exercise": {}, …}."""


def record(kind: str, name: str, **facts: str | bool) -> None:
    """Add facts to what is kept of this prediction, exercise or step. Outside a notebook, keep nothing.

    If the file cannot be written, one sentence is printed. Raises ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    path = place()
    if path is None:
        return
    try:
        add(path, kind, name, facts)
    except OSError as error:
        print(f"Not remembered beyond this run: {error.strerror or error}.")


def read(path: Path | None = None) -> Kept:
    """Return what is kept in this file; without a path, in the notebook's folder. Every kind is there."""
    path = path or place()
    return _read(path) if path else _empty()


def place() -> Path | None:
    """Return the file of this notebook; None outside notebooks."""
    return Path.cwd() / FILE if notebook_shell() else None


def add(path: Path, kind: str, name: str, facts: Facts) -> None:
    """Merge facts into the file; put an unreadable one aside. Raises OSError if it cannot be written."""
    with _locked(path):
        kept = _read(path)
        if path.exists() and not _whole(_json(path)):
            path.replace(path.with_name(f"{path.name}.damaged"))
        kept[kind].setdefault(name, {}).update(facts)
        fresh = path.with_name(
            f"{path.name}.{os.getpid()}"
        )  # a write that is cut off leaves the old one whole
        fresh.write_text(json.dumps(kept, indent=1, sort_keys=True), encoding="utf-8")
        fresh.replace(path)
        path.with_name(EARLIER).unlink(missing_ok=True)  # it is in the new file now


def reset(path: Path) -> bool:
    """Forget everything. Say whether there was anything. Raises OSError if it cannot be deleted."""
    if not path.parent.is_dir():
        return False
    with _locked(path):
        files = [file for file in (path, path.with_name(EARLIER)) if file.exists()]
        for file in files:
            file.unlink(missing_ok=True)
    return bool(files)


def _read(path: Path) -> Kept:
    kept = _empty()
    found = _json(path)
    if found is None and not path.exists():
        kept["prediction"] = _carried_over(path.with_name(EARLIER))
        return kept
    if not _whole(found):
        print(f"{path.name} cannot be read, so earlier progress is not counted. A fresh file is begun.")
        return kept
    return kept | {kind: found[kind] for kind in KINDS if kind in found}


def _whole(found: object) -> TypeGuard[Kept]:
    return isinstance(found, dict) and all(map(_well_formed, found.values()))


def _carried_over(path: Path) -> dict[str, Facts]:
    """Take over the predictions whose run was seen; the letter of an open one may mean something else now."""
    found = _json(path)
    if not isinstance(found, dict) or not _well_formed(found):
        return {}
    return {name: facts for name, facts in found.items() if facts.keys() >= {"said", "run"}}


def _json(path: Path) -> object:
    """Read a file; None if it is not there or is no JSON."""
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found


def _well_formed(names: object) -> bool:
    return isinstance(names, dict) and all(
        isinstance(facts, dict) and all(isinstance(fact, str | bool) for fact in facts.values())
        for facts in names.values()
    )


def _empty() -> Kept:
    return {kind: {} for kind in KINDS}


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one writer in at a time. The lock is a file of its own, because `path` itself is replaced."""
    with path.with_name(f"{path.name}.lock").open("a+b") as file:
        end = time.monotonic() + PATIENCE
        while not try_lock(file.fileno()):
            if time.monotonic() > end:
                raise TimeoutError(0, "another notebook is writing it, and does not stop")
            time.sleep(0.01)
        yield
