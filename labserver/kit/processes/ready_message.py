"""The line that `labserver serve --lab` prints first: {url, users: {name: {password}}, lab_key, ca}."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from labserver.kit.failures import KitError

LINE = '{"url": …, "users": {"ada": {"password": …}, "mallory": {"password": …}}}'


def read_ready_message(source: str) -> dict[str, Any]:
    """Read that line from a file, or from standard input if `source` is "-". Raises KitError.

    What is in it was written by a person or by another program: any part may be missing or of another type.
    """
    try:
        if source == "-":
            line = sys.stdin.readline()
        else:
            with Path(source).open(encoding="utf-8") as file:
                line = file.readline()
        message = json.loads(line.removeprefix("\ufeff"))  # which Windows puts first
    except OSError as error:
        raise KitError(f"The file {source} cannot be read: {error.strerror}.") from None
    except ValueError:
        message = None
    if not isinstance(message, dict):
        where = "Standard input" if source == "-" else source
        raise KitError(
            f"{where} does not begin with a line of JSON, as `labserver serve --lab` prints one: {LINE}."
        )
    return message
