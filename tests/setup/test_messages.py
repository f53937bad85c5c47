"""Every way a set-up is known to fail has its sentence, found by what the installers really print."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from labserver.runtime.command import CommandFailed
from launcher import messages

Usage = namedtuple("Usage", "total used free")

OFFLINE = [
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<x>: Failed to "
    "establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/uv/",
    "ERROR: Could not find a version that satisfies the requirement uv==0.13.9 (from versions: none)",
    "ERROR: No matching distribution found for uv==0.13.9",
]
OFFLINE_WINDOWS = [
    "WARNING: Retrying after connection broken by 'E(': [Errno 11001] getaddrinfo failed')': /",
    "ERROR: No matching distribution found for flask==3.1.3",
]
OFFLINE_UV = [
    "error: Failed to fetch: `flask`",
    "  Caused by: error sending request for url",
    "  Caused by: dns error: failed to lookup address information: Temporary failure in name resolution",
]
FULL = ["ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", ""]
FULL_UV = [
    "error: Failed to install: x.whl",
    "  Caused by: failed to copy: No space left on device (os error 28)",
]
FULL_WINDOWS = [
    "ERROR: Could not install packages due to an OSError: [WinError 112] There is not enough space on it"
]
TAMPERED = ["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."]
TAMPERED_UV = ["  × Failed to read `flask==3.1.3`", "  ╰─▶ Hash mismatch for `flask==3.1.3`"]
BARE = [
    "The virtual environment was not created successfully because ensurepip is not available.  On "
    "Debian/Ubuntu systems, you need to install the python3-venv package using the following command."
]
BARE_MODULE = ["/usr/bin/python3: No module named ensurepip"]
NO_BUILD = ["ERROR: No matching distribution found for cryptography==50.0.2"]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (OFFLINE, "connect this computer to the network"),
        (OFFLINE_WINDOWS, "connect this computer to the network"),
        (OFFLINE_UV, "connect this computer to the network"),
        (FULL, "make room"),
        (FULL_UV, "make room"),
        (FULL_WINDOWS, "make room"),
        (TAMPERED, "not the one this lab was tested with"),
        (TAMPERED_UV, "not the one this lab was tested with"),
        (BARE, "-venv`"),
        (BARE_MODULE, "-venv`"),
        (NO_BUILD, "64-bit Python 3.11 to 3.14"),
        (["Segmentation fault"], "Segmentation fault"),
        ([], "Troubleshooting"),
    ],
)
def test_the_sentence_says_what_to_do(lines: list[str], says: str, tmp_path: Path) -> None:
    sentence = messages.explain(lines, tmp_path)
    assert says in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_a_disk_without_room_stops_the_set_up_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = int(messages.ROOM_GB * 1e9)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, needed - 1))
    with pytest.raises(CommandFailed, match=r"needs about 1\.5 GB and 1\.5 GB are free"):
        messages.check_room(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, needed))
    messages.check_room(tmp_path)
