"""What the commands share: how arguments are read, and where accounts and keys are."""

from __future__ import annotations

import argparse
import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from labserver.errors import SettingsError
from labserver.formats.hosts import host_name, origin_of

if TYPE_CHECKING:
    from labserver.cli.parser import Parser

    Subparsers = argparse._SubParsersAction[Parser]

READY_MESSAGE = "the line of JSON that `labserver serve --lab` prints first"


def whole(lowest: int, highest: int, refusal: str) -> Callable[[str], int]:
    """Return a reader of whole numbers between two bounds; its error says `refusal`, and what was typed."""

    def read(text: str) -> int:
        if text.isascii() and text.isdecimal() and lowest <= int(text) <= highest:
            return int(text)
        raise argparse.ArgumentTypeError(f"{refusal}, not {text!r}")

    return read


port = whole(0, 65535, "a port is a number from 0 to 65535")


def seconds(text: str) -> float:
    """Read a length of time. Raises ArgumentTypeError."""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", text):
        return float(text)
    raise argparse.ArgumentTypeError(f"a number of seconds, such as 300, not {text!r}")


def numbers(text: str) -> list[int]:
    """Read whole numbers separated by commas. Raises ArgumentTypeError."""
    if re.fullmatch(r"[0-9]{1,4}(,[0-9]{1,4})*", text):
        return [int(each) for each in text.split(",")]
    raise argparse.ArgumentTypeError(f"numbers of users look like 1,2,4,8, not {text!r}")


def host(text: str) -> str:
    """Read a host name or an address, and write it as clients do: LAB as lab, 127.1 as 127.0.0.1."""
    try:
        name = host_name(text.encode("idna").decode("ascii")).removesuffix(".")
        return str(socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST)[0][4][0])
    except UnicodeError:
        return text  # not an address, as `serve` will say
    except OSError:
        return name


def origin(text: str) -> str:
    """Read an origin (scheme, host and port without a path), and write it as browsers do.

    Raises ArgumentTypeError.
    """
    if found := origin_of(text):
        return found
    raise argparse.ArgumentTypeError(f"an origin looks like https://app.example, not {text!r}")


def resource(text: str) -> str:
    """Read the name of a service: an absolute URI without a fragment (RFC 8707 section 2).

    Raises ArgumentTypeError.
    """
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!$-;=?-Z_a-z~]{1,180}", text):
        return text
    raise argparse.ArgumentTypeError(f"a service is named like https://partner.example, not {text!r}")


def default_home() -> Path:
    """Return ~/.labserver. Raises SettingsError for a user without a home folder, as in some containers."""
    try:
        return Path.home() / ".labserver"
    except RuntimeError:
        raise SettingsError(
            "This user has no home folder: say with --home where accounts and keys go."
        ) from None


def line_of_stdin() -> str:
    """Read one line. Raises SettingsError if it is not in the encoding that Python expects."""
    try:
        return sys.stdin.readline().removeprefix("\ufeff").rstrip("\r\n")  # as Windows writes lines
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"Standard input is no {error.encoding}: PYTHONIOENCODING says what it is."
        ) from None
