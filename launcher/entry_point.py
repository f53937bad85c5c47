"""Makes `import labserver` and the command `labserver` work in the environment, from this folder's source."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from launcher.paths import WINDOWS

COMMAND = """\
#!/bin/sh
# Starts the Python beside this file, also through symbolic links, and without the user's settings for Python.
file=$0
while [ -L "$file" ]; do
  link=$(readlink "$file")
  case $link in /*) file=$link ;; *) file=$(dirname -- "$file")/$link ;; esac
done
for name in $(env | sed -n 's/^\\(PYTHON[A-Z0-9_]*\\)=.*/\\1/p'); do
  [ "$name" = PYTHONIOENCODING ] || unset "$name"
done
exec "$(dirname -- "$file")/python" -P -m labserver "$@"
"""

WINDOWS_COMMAND = """\
@echo off
setlocal
for /f "delims==" %%v in ('set PYTHON 2^>nul') do if /i not "%%v"=="PYTHONIOENCODING" set "%%v="
"%~dp0python.exe" -P -m labserver %*
"""


def link(root: Path, packages: Path, folder: Path, version: str, entry_points: str) -> None:
    """Write the path, the version, the entry points and the command of labserver into an environment.

    `packages` and `folder` are where it keeps packages and commands. The path is relative, so that it works
    for folders with any letters in their name, whatever encoding Python reads .pth files in.
    """
    (packages / "labserver.pth").write_text(os.path.relpath(root, packages) + "\n", "ascii")
    for old in packages.glob("labserver-*.dist-info"):
        shutil.rmtree(old)
    metadata = packages / f"labserver-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: labserver\nVersion: {version}\n", "ascii")
    (metadata.parent / "entry_points.txt").write_text(entry_points, "ascii")
    if WINDOWS:
        (folder / "labserver.cmd").write_text(WINDOWS_COMMAND, "ascii")
    else:
        command = folder / "labserver"
        command.write_text(COMMAND, "ascii")
        command.chmod(0o755)
