"""What can go wrong in a set-up, and the one sentence that says what to do about it."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from labserver.runtime.command import CommandFailed

ROOM_GB = 1.5
"""Free space that a first set-up needs: 0.8 GB stay, the rest is the installer's downloads."""

FULL = r"No space left|Errno 28|os error 28|WinError 112|os error 112|quota exceeded"
CUT_OFF = (
    r"NewConnectionError|Name or service not known|name resolution|getaddrinfo|nodename nor servname|"
    r"Network is unreachable|Max retries exceeded|Connection (?:refused|reset|timed out)|"
    r"(?:Connect|Read)Timeout|dns error|ProxyError|error sending request|tcp connect|from versions: none"
)
CHANGED = r"DO NOT MATCH THE HASHES|Hash mismatch"
BARE = r"ensurepip|No module named '?(?:venv|pip)"
NO_BUILD = r"No matching distribution|Wheels are required|no wheels|not a supported wheel"


def explain(lines: list[str], root: Path) -> str:
    """Turn an installer's last lines into a sentence for the user."""
    text = "\n".join(lines)

    def says(pattern: str) -> bool:
        return re.search(pattern, text, re.IGNORECASE) is not None

    if disk_full(lines):
        return no_room(root)
    if says(CUT_OFF):
        return (
            "The packages cannot be downloaded: connect this computer to the network (behind a proxy, set "
            "HTTPS_PROXY) and start again; what has arrived is kept."
        )
    if says(CHANGED):
        return (
            "A package is not the one this lab was tested with, so it was not installed: start again, and if "
            "it happens twice, ask the people who run your network or package mirror."
        )
    if says(BARE):
        return no_venv()
    if says(NO_BUILD):
        return (
            f"Some package has no build for this computer and Python {version()}: start run.py with a 64-bit "
            "Python 3.11 to 3.14, or use conda or Binder as README.md says."
        )
    last = " | ".join(line for line in lines[-3:] if line.strip()) or "(none)"
    return f"The set-up failed and the installer's last words were: {last}: see README.md, Troubleshooting."


def disk_full(lines: list[str]) -> bool:
    """Tell whether an installer's output says that the disk is full."""
    return re.search(FULL, "\n".join(lines), re.IGNORECASE) is not None


def version() -> str:
    """Return the version of this Python, such as 3.12."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def no_venv() -> str:
    """Say how to get the missing `venv` module."""
    return (
        f"This Python {version()} came without its venv part: on Debian or Ubuntu type `sudo apt install "
        f"python{version()}-venv`, elsewhere install Python from python.org, and start again."
    )


def no_room(root: Path) -> str:
    """Say how much room the set-up needs, and how much there is."""
    free = shutil.disk_usage(root).free / 1e9
    return (
        f"The disk is full: the set-up needs about {ROOM_GB:g} GB and {free:.1f} GB are free in {root}: "
        "make room and start again."
    )


def check_room(root: Path) -> None:
    """Raise CommandFailed if the disk cannot hold the environment, before minutes are spent on it."""
    if shutil.disk_usage(root).free < ROOM_GB * 1e9:
        raise CommandFailed(no_room(root))
