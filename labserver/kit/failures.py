"""What can go wrong between a notebook and its server, each with a sentence that says what to do."""

from __future__ import annotations

import requests

START_AGAIN = (
    "Run the cell with Lab.start() again, most often the notebook's first code cell, "
    "and then the cells after it."
)
"""What to do where a server is no longer there."""


class KitError(Exception):
    """Something the kit could not do. The text says why, and what to do about it."""


class StartFailed(KitError):
    """A process did not come up. `log` holds the end of what it wrote, `code` its exit code."""

    def __init__(self, message: str, log: str = "", code: int | None = None) -> None:
        super().__init__(message)
        self.log, self.code = log, code


class NoRedis(StartFailed):
    """There is no Redis on this computer, so what needs one cannot be tried here."""


class ServerGone(KitError, requests.ConnectionError):
    """Nobody answers at the server's address. Still a `requests.ConnectionError`, as at work."""


class ControlRefused(KitError):
    """The lab desk did not do what it was asked."""
