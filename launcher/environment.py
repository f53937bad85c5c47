"""The environment: a `.venv` beside run.py that holds exactly what requirements.lock says."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

from labserver.runtime.child_environment import plain
from labserver.runtime.command import CommandFailed
from launcher.entry_point import COMMAND, WINDOWS_COMMAND, link
from launcher.file_lock import file_lock
from launcher.installer import Installer
from launcher.messages import check_room
from launcher.paths import Paths


class Environment(Paths):
    """The `.venv` of one clone."""

    @property
    def project(self) -> dict[str, Any]:
        """What pyproject.toml says of labserver."""
        found = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        return dict(found["project"])

    @property
    def version(self) -> str:
        """The version of labserver."""
        return str(self.project["version"])

    @property
    def entry_points(self) -> str:
        """What other packages find of labserver, such as its tile in JupyterLab's launcher."""
        groups = self.project.get("entry-points", {}).items()
        return "".join(
            f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in names.items())
            for group, names in groups
        )

    def wanted(self) -> dict[str, str]:
        """What the stamp has to say for the environment to be as it should."""
        return {
            "lock": hashlib.sha256(self.lock.read_bytes()).hexdigest(),
            "python": f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}",
            "folder": str(self.folder),
            "version": self.version,
            "entry points": self.entry_points,
            "command": hashlib.sha256((COMMAND + WINDOWS_COMMAND).encode()).hexdigest(),
        }

    def made(self) -> dict[str, str]:
        """What the stamp says; empty when the set-up never got to its end."""
        try:
            found = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def starts(self) -> bool:
        """Tell whether the Python it was made from is still there (upgrades take it away)."""
        try:
            config = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return False
        home = re.search(r"^home\s*=\s*(.+)$", config, re.MULTILINE)
        return home is not None and os.path.isdir(home[1].strip()) and os.path.exists(self.python)

    def ready(self) -> bool:
        """Tell whether the environment is what the lock says, and starts."""
        return self.made() == self.wanted() and self.starts()

    def make(self) -> None:
        """Bring the environment to what the lock says; a moment when it already is. Raises CommandFailed."""
        if self.ready():
            return
        with file_lock(self.root / ".venv.lock") as handle:
            installer = Installer(self, handle)
            if self.ready():  # the run we waited for has made it
                return
            made, wanted = self.made(), self.wanted()
            whole = self.starts() and all(made.get(part) == wanted[part] for part in ("python", "folder"))
            if not whole:
                check_room(self.root)
                self._clear(made, wanted)
                installer.create()
            # From here to the new stamp the environment is neither the old nor the new one.
            self.stamp.unlink(missing_ok=True)
            installer.install()
            link(self.root, self.packages, self.bin, self.version, self.entry_points)
            note = self.stamp.with_suffix(".new")
            note.write_text(json.dumps(wanted, indent=1), encoding="utf-8")
            note.replace(self.stamp)

    def _clear(self, made: dict[str, str], wanted: dict[str, str]) -> None:
        if not self.folder.exists():
            print("First start: making the environment in .venv (a minute or two, then never again).")
        elif not made:
            print("The last set-up did not get to its end: making the environment again.")
        elif made.get("folder") != wanted["folder"]:
            print("This folder was moved: making the environment again.")
        else:
            print("Python has changed: making the environment again.")
        try:
            if self.folder.is_symlink() or self.folder.is_file():
                self.folder.unlink()
            elif self.folder.exists():
                shutil.rmtree(self.folder)
        except OSError as error:
            raise CommandFailed(
                f"The old environment cannot be removed ({error.strerror}): close every JupyterLab and "
                f"terminal that uses it, delete the folder {self.folder}, and start again."
            ) from error

    def variables(self, state: Path) -> dict[str, str]:
        """The variables for a program inside: its commands first on PATH, all Jupyter files below `state`.

        The reader's own Jupyter, IPython and matplotlib settings are neither read nor written. Makes `state`,
        for IPython warns about a folder whose parent is missing.
        """
        state.mkdir(parents=True, exist_ok=True)
        own = {
            "PATH": str(self.bin) + os.pathsep + os.environ.get("PATH", os.defpath),
            "VIRTUAL_ENV": str(self.folder),
            "PYTHONUTF8": "1",  # on Windows files and pipes would otherwise be in the system's old encoding
            "JUPYTER_CONFIG_DIR": str(state / "config"),
            "JUPYTER_DATA_DIR": str(state / "data"),
            "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
            "IPYTHONDIR": str(state / "ipython"),
            "MPLCONFIGDIR": str(state / "matplotlib"),
        }
        return plain(os.environ) | home_if_none(state) | own


def home_if_none(state: Path) -> dict[str, str]:
    """Return a home folder for a user who has none, as in some containers; Jupyter needs one."""
    try:
        Path.home()
    except RuntimeError:
        return {"HOME": str(state)}
    return {}
