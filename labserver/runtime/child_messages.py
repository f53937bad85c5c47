"""What a program of ours tells the one that started it, as data: that it is ready, or why it cannot go on.

The ready message is the first line on standard output. A failure is one line of JSON on standard error,
`{"error": {"code": "port_in_use", "message": "…"}}`, and only where the starter asks for it by a variable: a
person in a terminal gets the sentence alone.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict

ASK = {"LABSERVER_FAILURES": "json"}
"""The variable of the environment that asks for failures as JSON."""

BY_EXIT_CODE = {2: "wrong_settings", 3: "port_in_use", 4: "store_unusable"}
"""The failures that have an exit code of their own; every other is `failed`."""


class DemoUser(TypedDict):
    """A user of a lab."""

    password: str
    role: str


class ReadyMessage(TypedDict):
    """What `labserver serve --lab` prints first."""

    url: str
    lab_key: str
    ca: str | None
    users: Mapping[str, DemoUser]
    clock: str


class Failure(NamedTuple):
    """Why a program cannot go on: a code for programs, a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True)
class ExitReason:
    """Why a server does not answer. `kind` is what happened, `code` what the server itself reported.

    `code` is empty where it reported nothing: then `exit_code`, and `log`, the end of what it wrote, are all
    that is known.
    """

    kind: Literal["stopped", "killed", "ended", "silent", "absent"]
    code: str = ""
    message: str = ""
    exit_code: int | None = None
    log: str = ""


def report(code: str, message: object) -> None:
    """Write a failure to standard error, if the starter asked for that."""
    if os.environ.items() >= ASK.items():
        with suppress(OSError, ValueError):
            line = json.dumps({"error": {"code": code, "message": str(message)}})
            print(line, file=sys.stderr, flush=True)


def read_failure(text: str) -> Failure | None:
    """Find the last failure among the lines that a program wrote; None if it reported none."""
    for line in reversed(text.splitlines()):
        with suppress(ValueError, TypeError, KeyError):
            error = json.loads(line)["error"]
            return Failure(str(error["code"]), str(error["message"]))
    return None
