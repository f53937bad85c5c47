"""The commands of run.py."""

from __future__ import annotations

import errno
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from labserver.runtime.command import INTERRUPTED, lost, run
from launcher import checks, lab
from launcher.copies import WorkingCopies
from launcher.environment import Environment
from launcher.say import Stop
from launcher.sentences import no_room

ROOT = Path(__file__).resolve().parent.parent
NOT_RUN = 2
"""The exit code where 1 would be a verdict: a test failed, or something is missing."""

HELP = """\
Session & Token Trails: sessions and tokens side by side, in notebooks.

  python3 run.py                    open the lab in JupyterLab (the first time: make the environment in .venv)
      --no-browser                  print the address, open no browser
      --port N                      listen on this port
  python3 run.py restore NN         put the original of NN (02, or all) back; yours is kept in work/kept
  python3 run.py test               run every test: ruff, mypy, pytest, and the notebooks with their outputs
      --fast                        leave the notebooks out
      ANYTHING ELSE                 goes to pytest: tests/unit -k cookie, or notebooks/02-sessions.ipynb
  python3 run.py doctor             what this computer has, what it lacks, what to type

test and doctor end with 0: all is well, 1: something is not, 2: that could not be found out.
Needs Python 3.11 or newer. On Windows type py in place of python3.
Your notebooks are in work/, the originals in notebooks/. To start over from nothing, delete .venv."""


def start() -> int:
    """Run what was typed; gives the exit code, one above 2 where no command decided it."""
    return run(lambda: main(sys.argv[1:]), "run.py")


def main(arguments: list[str]) -> int:
    """Run one command; gives the exit code, and never a traceback for what a reader can mend."""
    refused = NOT_RUN if arguments[:1] in (["test"], ["doctor"]) else 1
    try:
        return command(arguments)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return refused if stop.code == 1 else stop.code
    except KeyboardInterrupt:
        print("\nStopped. The next start takes up what is unfinished.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # of our output: see `run`
        raise
    except OSError as error:
        if lost(error):
            print(flush=True)  # if it is our output that cannot be written, `run` says so
        print(sentence(error), file=sys.stderr)
        return refused


def command(arguments: list[str]) -> int:
    if {"-h", "--help", "help"}.intersection(arguments[:1]):
        print(HELP)
        return 0
    first = arguments[0] if arguments and not arguments[0].startswith("-") else "lab"
    rest = arguments[1:] if arguments[:1] == [first] else arguments
    if first == "lab":
        port, browser = lab_options(rest)
        Environment(ROOT).make()
        return lab.open_lab(ROOT, port, browser)
    if first == "test":
        Environment(ROOT).make()
        return checks.test(ROOT, rest)
    if first == "restore":
        return restore(rest)
    if first == "doctor":
        Environment(ROOT).make()
        environment = Environment(ROOT)
        doctor = [str(environment.python), "-P", "-m", "labserver", "doctor", *rest]
        variables = environment.variables(environment.folder / "state")
        variables["PYTHONIOENCODING"] = sys.stdout.encoding  # it prints where we would
        return subprocess.run(doctor, env=variables, check=False).returncode
    raise Stop(f"There is no command {first!r}: type python3 run.py --help to see those there are.", 2)


def lab_options(arguments: list[str]) -> tuple[int | None, bool]:
    """Read --port N and --no-browser. Raises Stop on anything else."""
    port, browser, rest = None, True, list(arguments)
    while rest:
        word, equals, value = rest.pop(0).partition("=")
        if word == "--no-browser" and not equals:
            browser = False
        elif word == "--port":
            value = value if equals else (rest.pop(0) if rest else "")
            if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
                raise Stop("--port wants a number from 1 to 65535, for example: --port 8890.", 2)
            port = int(value)
        else:
            raise Stop(f"There is no option {word!r}: type python3 run.py --help to see those there are.", 2)
    return port, browser


def restore(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise Stop("Say which notebook to restore: python3 run.py restore 02, or restore all.", 2)
    for name, kept in WorkingCopies(ROOT).restore(arguments[0], datetime.now()):
        if name.endswith(".ipynb") or kept:
            print(f"{name}: the original is in work/{name}" + (f", yours is in work/{kept}" if kept else ""))
    lab.trust(ROOT)
    return 0


def sentence(error: OSError) -> str:
    """Say what the system refused, and what to do about it."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return no_room(ROOT)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        where = error.filename or ROOT
        return f"{where} may not be written: move the lab's folder to a place of your own and start again."
    return f"The system refused ({error}): see README.md, Troubleshooting."
