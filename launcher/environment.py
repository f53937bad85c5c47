"""The environment: a `.venv` beside run.py that holds exactly what requirements.lock says."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import sysconfig
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labserver.runtime.child_environment import installer, plain
from launcher.installer import Counter, run
from launcher.say import Progress, Stop
from launcher.sentences import check_room, disk_full, explain, no_venv
from launcher.turns import file_lock

WINDOWS = sys.platform == "win32"

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


@dataclass(frozen=True)
class Environment:
    """The `.venv` of one clone."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def bin(self) -> Path:
        return self.folder / ("Scripts" if WINDOWS else "bin")

    @property
    def python(self) -> Path:
        return self.bin / ("python.exe" if WINDOWS else "python")

    @property
    def lock(self) -> Path:
        return self.root / "requirements.lock"

    @property
    def stamp(self) -> Path:
        return self.folder / "made.json"

    @property
    def packages(self) -> Path:
        """The folder that Python imports installed packages from."""
        places = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("purelib", "venv", places))

    @property
    def version(self) -> str:
        project = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])

    def wanted(self) -> dict[str, str]:
        """What the stamp has to say for the environment to be as it should."""
        return {
            "lock": hashlib.sha256(self.lock.read_bytes()).hexdigest(),
            "python": f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}",
            "folder": str(self.folder),
            "version": self.version,
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
        return self.made() == self.wanted() and self.starts()

    def make(self) -> None:
        """Bring the environment to what the lock says; a moment when it already is. Raises Stop."""
        if self.ready():
            return
        with file_lock(self.root / ".venv.lock") as turn:
            if self.ready():  # the run we waited for has made it
                return
            made, wanted = self.made(), self.wanted()
            whole = self.starts() and all(made.get(part) == wanted[part] for part in ("python", "folder"))
            if not whole:
                check_room(self.root)
                self._clear(made, wanted)
                self._create(turn)
            # From here to the new stamp the environment is neither the old nor the new one.
            self.stamp.unlink(missing_ok=True)
            self._install(turn)
            self._link()
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
            raise Stop(
                f"The old environment cannot be removed ({error.strerror}): close every JupyterLab and "
                f"terminal that uses it, delete the folder {self.folder}, and start again."
            ) from error

    def _create(self, turn: int) -> None:
        try:
            import venv  # noqa: F401  (some systems leave it out of Python)
        except ImportError as error:
            raise Stop(no_venv()) from error
        command = [sys.executable, "-m", "venv", "--without-pip", str(self.folder)]
        with Progress("Making .venv") as progress:
            code, lines = run(command, turn, progress, self._plain())
        if code:
            raise Stop(explain(lines, self.root))

    def _install(self, turn: int) -> None:
        """Install what the lock says: by uv, which takes seconds; by pip where uv does not get through."""
        pins = self.lock.read_text(encoding="utf-8")
        total = len(set(re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)))
        exact = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(self.lock)]
        uv = shutil.which("uv") or self._fetch_uv(pins, turn)
        with Progress(f"Installing about {total} packages") as progress:
            variables, own = self._plain(), list[str]()
            if uv_installs_elsewhere():
                variables.pop("UV_CONFIG_FILE", None)
                own = ["--no-config"]
            command = [uv, *own, "pip", "install", "--python", str(self.python), *exact]
            code, lines = run(command, turn, progress, variables)
        if code == 0:
            return
        if disk_full(lines):
            raise Stop(explain(lines, self.root))
        # uv knows nothing of pip's settings, and they may be what leads out of this network.
        self._need_pip(turn)
        with Progress("Once more, with pip") as progress:
            command = [*self._pip(), "--no-compile", *exact]
            code, lines = run(command, turn, progress, self._plain(), Counter(total).read)
        if code:
            raise Stop(explain(lines, self.root))

    def _fetch_uv(self, pins: str, turn: int) -> str:
        """Have pip install uv alone, by its own lines in the lock; gives the path of the command."""
        found = re.search(r"^uv==.*\n(?:[ \t]+.*\n)*", pins, re.MULTILINE)
        only = self.folder / "uv.txt"
        only.write_text(found[0] if found else "", encoding="utf-8")
        self._need_pip(turn)
        with Progress("Fetching the installer") as progress:
            command = [
                *self._pip(),
                "--no-deps",
                "--require-hashes",
                "--only-binary",
                ":all:",
                "-r",
                str(only),
            ]
            code, lines = run(command, turn, progress, self._plain())
        if code:
            raise Stop(explain(lines, self.root))
        return str(self.bin / ("uv.exe" if WINDOWS else "uv"))

    def _pip(self) -> list[str]:
        quiet = ["--progress-bar", "off", "--no-input", "--disable-pip-version-check"]
        # Here, whatever `target` or `prefix` a pip.conf says. Not --isolated: its index has to hold.
        here = ["--target=", f"--prefix={self.folder}", "--no-user"]
        return [str(self.python), "-m", "pip", "install", "--retries", "3", *quiet, *here]

    def _need_pip(self, turn: int) -> None:
        if not (self.packages / "pip").is_dir():
            with Progress("Adding pip") as progress:
                command = [str(self.python), "-m", "ensurepip", "--default-pip"]
                code, lines = run(command, turn, progress, self._plain())
            if code:
                raise Stop(explain(lines, self.root))

    def _link(self) -> None:
        """Make `import labserver`, its version and its command known, by the source in this very folder.

        A relative path, so that it holds for folders with any letters in their name, whatever encoding
        Python reads .pth files in.
        """
        (self.packages / "labserver.pth").write_text(
            os.path.relpath(self.root, self.packages) + "\n", "ascii"
        )
        for old in self.packages.glob("labserver-*.dist-info"):
            shutil.rmtree(old)
        about = self.packages / f"labserver-{self.version}.dist-info" / "METADATA"
        about.parent.mkdir()
        about.write_text(f"Metadata-Version: 2.1\nName: labserver\nVersion: {self.version}\n", "ascii")
        if WINDOWS:
            (self.bin / "labserver.cmd").write_text(WINDOWS_COMMAND, "ascii")
        else:
            command = self.bin / "labserver"
            command.write_text(COMMAND, "ascii")
            command.chmod(0o755)

    def _plain(self) -> dict[str, str]:
        """The variables for an installer: the reader's index, proxy and certificates, but our place."""
        ours = {"PIP_USER": "0", "PYTHONUTF8": "1", "VIRTUAL_ENV": str(self.folder)}
        return installer(os.environ) | ours

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
    """Give a home folder to a user who has none, such as a container's odd user; Jupyter asks for one."""
    try:
        Path.home()
    except RuntimeError:
        return {"HOME": str(state)}
    return {}


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
