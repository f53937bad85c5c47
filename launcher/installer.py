"""Installs what requirements.lock lists: with uv, which takes seconds; with pip where uv cannot connect."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from labserver.runtime.child_environment import installer
from labserver.runtime.command import CommandFailed
from launcher.messages import disk_full, explain, no_venv
from launcher.paths import WINDOWS, Paths
from launcher.progress import Progress
from launcher.step import Counter, at_work, run

EXACT = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r"]
"""Before the name of a list of packages: install exactly these files, and build none."""


class Installer:
    """The steps of one set-up, under the lock whose open file is `handle`. Each raises CommandFailed."""

    def __init__(self, paths: Paths, handle: int) -> None:
        self._paths, self._handle = paths, handle

    def create(self) -> None:
        """Make an environment without packages."""
        try:
            import venv  # noqa: F401  (some systems leave it out of Python)
        except ImportError as error:
            raise CommandFailed(no_venv()) from error
        self._step("Making .venv", [sys.executable, "-m", "venv", "--without-pip", str(self._paths.folder)])

    def install(self) -> None:
        """Install what the lock lists: with uv, which takes seconds; with pip where uv cannot connect."""
        pins = self._paths.lock.read_text(encoding="utf-8")
        total = len(set(re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)))
        uv = shutil.which("uv") or self._fetch_uv(pins)
        variables, own = self._variables(), list[str]()
        if uv_installs_elsewhere():
            variables.pop("UV_CONFIG_FILE", None)
            own = ["--no-config"]
        command = [
            uv,
            *own,
            "pip",
            "install",
            "--python",
            str(self._paths.python),
            *EXACT,
            str(self._paths.lock),
        ]
        with Progress(f"Installing about {total} packages") as progress:
            code, lines = run(command, self._handle, progress, variables)
        if code and disk_full(lines):
            raise CommandFailed(explain(lines, self._paths.root))
        if code:  # uv does not read pip's settings, and they may be what leads out of this network
            self._add_pip()
            command = [*self._pip(), "--no-compile", *EXACT, str(self._paths.lock)]
            self._step("Once more, with pip", command, Counter(total).read)

    def _fetch_uv(self, pins: str) -> str:
        """Install uv alone with pip, by its own lines in the lock; return the path of the command."""
        found = re.search(r"^uv==.*\n(?:[ \t]+.*\n)*", pins, re.MULTILINE)
        only = self._paths.folder / "uv.txt"
        only.write_text(found[0] if found else "", encoding="utf-8")
        self._add_pip()
        self._step("Fetching the installer", [*self._pip(), *EXACT, str(only)])
        return str(self._paths.bin / ("uv.exe" if WINDOWS else "uv"))

    def _add_pip(self) -> None:
        if not (self._paths.packages / "pip").is_dir():
            self._step("Adding pip", [str(self._paths.python), "-m", "ensurepip", "--default-pip"])

    def _pip(self) -> list[str]:
        quiet = ["--progress-bar", "off", "--no-input", "--disable-pip-version-check"]
        # Here, whatever `target` or `prefix` a pip.conf says. Not --isolated: its index has to hold.
        here = ["--target=", f"--prefix={self._paths.folder}", "--no-user"]
        return [str(self._paths.python), "-m", "pip", "install", "--retries", "3", *quiet, *here]

    def _step(self, title: str, command: list[str], read: Callable[[str], str] = at_work) -> None:
        with Progress(title) as progress:
            code, lines = run(command, self._handle, progress, self._variables(), read)
        if code:
            raise CommandFailed(explain(lines, self._paths.root))

    def _variables(self) -> dict[str, str]:
        """Return what an installer may see: the reader's index, proxy and certificates, but our place."""
        ours = {"PIP_USER": "0", "PYTHONUTF8": "1", "VIRTUAL_ENV": str(self._paths.folder)}
        return installer(os.environ) | ours


def uv_installs_elsewhere() -> bool:
    """Tell whether a uv.toml has packages put into another place, which no option of uv's can call off.

    Any other is left to work: it may name the index that leads out of this network.
    """
    settings = (os.environ.get("XDG_CONFIG_HOME") or "~/.config", os.environ.get("APPDATA"), "/etc")
    files = [Path(os.path.expanduser(folder), "uv", "uv.toml") for folder in settings if folder]
    files += [folder / "uv.toml" for folder in (Path.cwd(), *Path.cwd().parents)]
    if "UV_CONFIG_FILE" in os.environ:
        files = [Path(os.environ["UV_CONFIG_FILE"])]
    for file in files:
        with suppress(OSError, ValueError):
            if re.search(r"^\s*(target|prefix)\s*=", file.read_text(encoding="utf-8"), re.MULTILINE):
                return True
    return False
