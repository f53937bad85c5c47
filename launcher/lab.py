"""Opens JupyterLab on the learner's copies and stays with it until one of the two ends."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from labserver.runtime.command import CommandFailed
from launcher.environment import Environment
from launcher.paths import WINDOWS
from launcher.working_copies import WorkingCopies


def open_lab(root: Path, port: int | None, browser: bool, with_outputs: bool = False) -> int:
    """Open the lab; returns the exit code once it has ended. Raises CommandFailed when it cannot start."""
    environment, copies = Environment(root), WorkingCopies(root, with_outputs)
    hand_out(copies)
    state = copies.folder / ".jupyter"
    variables = environment.variables(state)
    log = state / "jupyterlab.log"
    with log.open("wb") as errors, signals_end_it():
        child = subprocess.Popen(
            command(environment, copies, port, browser),
            cwd=root,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            # Out of the terminal's reach: at Ctrl-C JupyterLab would ask "are you sure?".
            start_new_session=not WINDOWS,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        try:
            line = child.stdout.readline() if child.stdout else b""
            if not line:
                child.wait()
                raise CommandFailed(why_not(log, port))
            print(f"The lab is open at {json.loads(line)['address']}")
            print("Leave this window open while you work; Ctrl-C here ends the lab.", flush=True)
            while (code := child.poll()) is None:
                time.sleep(0.2)
            return code
        except KeyboardInterrupt:
            print("\nEnding the lab; your notebooks are in the folder work.", flush=True)
            return 0
        finally:
            end(child)


def command(environment: Environment, copies: WorkingCopies, port: int | None, browser: bool) -> list[str]:
    """The command line of JupyterLab: loopback only, its token kept, nothing fetched from outside.

    It serves the whole clone and begins in work/: a notebook's links to the server's source lead there.
    """
    work = copies.folder.name
    arguments = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.open_browser={browser}",
        f"--ServerApp.preferred_dir={copies.folder}",
        f"--LabApp.default_url=/lab/tree/{work}/00-start-here.ipynb",
        f"--LabApp.app_settings_dir={environment.root / 'launcher' / 'jupyter'}",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.kernel_spec_manager_class=launcher.kernels.Kernels",
        "--LanguageServerManager.autodetect=False",
    ]
    if port is not None:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not WINDOWS:
        # By default its terminals are login shells, and /etc/profile may replace PATH: no `labserver` then.
        shell = shlex.quote(os.environ.get("SHELL") or "sh")
        arguments.append(f"--ServerApp.terminado_settings=shell_command={shell}")
    if not WINDOWS and os.geteuid() == 0:
        arguments.append("--ServerApp.allow_root=True")  # in a container; nothing but loopback reaches it
    return [
        str(environment.python),
        *("-P", "-m", "launcher.inside", str(environment.root)),
        *arguments,
        *("--", *(f"{work}/{name}" for name in copies.as_shipped())),
    ]


def hand_out(copies: WorkingCopies) -> None:
    """Copy the notebooks that the learner lacks, and name the changed ones whose original is newer."""
    behind = copies.hand_out()
    if behind:
        names = ", ".join(Path(name).stem for name in behind)
        print(f"Yours is kept, the original is newer: {names}. To change over: python3 run.py restore NN")


def trust(root: Path) -> None:
    """Let the stored outputs of restored notebooks show; does nothing when there is no environment yet."""
    environment, copies = Environment(root), WorkingCopies(root)
    if environment.ready():
        start = [str(environment.python), "-P", "-m", "launcher.inside", str(copies.folder), "--"]
        start += copies.as_shipped()
        subprocess.run(start, cwd=root, env=environment.variables(copies.folder / ".jupyter"), check=False)


def end(child: subprocess.Popen[bytes]) -> None:
    """Close its standard input, which it takes as the end; insist after ten seconds."""
    if child.stdin:
        child.stdin.close()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout:
        child.stdout.close()


def why_not(log: Path, port: int | None) -> str:
    """Read in JupyterLab's log why it did not start."""
    text = log.read_text(encoding="utf-8", errors="replace")
    if port is not None and "already in use" in text:
        return f"Port {port} is in use: leave --port out, or choose another."
    last = next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
    return f"JupyterLab did not start ({last.strip()}): the whole story is in {log}."


@contextmanager
def signals_end_it() -> Iterator[None]:
    """Treat a closed terminal and a polite kill as Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    names = ("SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
