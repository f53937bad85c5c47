"""What can go wrong between a notebook and its server, each with a sentence that says what to do."""

from __future__ import annotations

from typing import Any

import requests

from labserver.runtime.child_messages import ExitReason, Failure

START_AGAIN = (
    "Run the cell with Lab.start() again, most often the notebook's first code cell, "
    "and then the cells after it."
)
"""What to do where a server is no longer there."""

WHAT_TO_DO = {
    "no_answer": "The machine may be very busy: run the cell again.",
    "wrong_settings": "Check the arguments that the cell gives.",
    "port_in_use": "Run the cell again: another free port is picked.",
    "store_unusable": "Check the store= argument; `labserver doctor` in a terminal says what is there and "
    "what is missing.",
    "file_unusable": "Mend the file there, save it, and run the cell again.",
    "no_redis": "Install Redis, or use another store; `labserver doctor` in a terminal says what is there.",
}
"""What to do about a child process that reported one of these codes."""

OTHERWISE = (
    "Run that command in a terminal to see everything it says; `labserver doctor` looks for what is missing."
)


class KitError(Exception):
    """Something the kit could not do. The text says why, and what to do about it."""


class StartFailed(KitError):
    """A process did not come up. `code` is what it reported, as "port_in_use"; `log` its last output."""

    def __init__(self, message: str, log: str = "", code: str = "") -> None:
        super().__init__(message)
        self.log, self.code = log, code


class NoRedis(StartFailed):
    """There is no Redis on this computer, so what needs one cannot be tried here."""


class ServerGone(KitError, requests.ConnectionError):
    """Nobody answers at the server's address. Still a `requests.ConnectionError`, as at work."""


class ControlRefused(KitError):
    """The control API did not do what it was asked."""


def sentence(reason: ExitReason) -> str:
    """Say in half a sentence why nobody answers."""
    if reason.kind == "silent":
        return "it runs, but does not take the connection"
    if reason.kind == "absent":
        return "it is not there"
    if reason.kind == "ended":
        return f"it ended by itself ({reason.message or f'exit code {reason.exit_code}'})"
    return f"it was {reason.kind}"


def server_gone(what: str, reason: ExitReason, request: Any = None) -> ServerGone:
    """Make the error for a server that does not answer; of a crash nobody foresaw, its log is a note."""
    error = ServerGone(f"{what}: {sentence(reason)}. {START_AGAIN}", request=request)
    if reason.log:
        error.add_note(appendix(reason.log))
    return error


def start_failed(what: str, command: str, failure: Failure, log: str = "") -> StartFailed:
    """Make the error for a process that did not start; a crash nobody foresaw brings the end of its log."""
    lines = [
        f"{what} did not start: {failure.message}",
        f"  what was run: {command}",
        f"  what to do:   {WHAT_TO_DO.get(failure.code, OTHERWISE)}",
    ]
    if failure.code not in WHAT_TO_DO and log.strip():
        lines.append(appendix(log))
    kind = NoRedis if failure.code == "no_redis" else StartFailed
    return kind("\n".join(lines), log, failure.code)


def appendix(log: str, most: int = 20) -> str:
    """Write the last lines of a log."""
    return "\n".join(["  the end of its log:", *(f"    {line}" for line in log.splitlines()[-most:])])
