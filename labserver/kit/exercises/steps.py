"""The steps of the capstone by name, for the progress table: `progress.record("step", name, right=True)`."""

from __future__ import annotations

STEPS: tuple[str, ...] = ()
