"""Remember which steps are done."""

from __future__ import annotations

from importlib import import_module


def record_step(name: str) -> None:
    """Record a step as done in the learner's progress."""
    try:
        progress = import_module("labserver.kit.exercises.progress")
    except ModuleNotFoundError:
        return
    progress.record("step", name)
