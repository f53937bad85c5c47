"""The steps of the capstone by name, in order. The progress table counts them."""

from __future__ import annotations

STEPS: tuple[str, ...] = (
    "12-login",
    "12-rest",
    "12-limits",
    "12-origin",
    "12-token",
    "12-refresh",
    "12-denylist",
    "12-throttle",
)
