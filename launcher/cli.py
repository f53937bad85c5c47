"""The commands of run.py."""

from __future__ import annotations

import argparse
import errno
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from labserver.cli.parser import Parser
from labserver.runtime.command import INTERRUPTED, CommandFailed, lost, run
from launcher import checks, lab
from launcher.environment import Environment
from launcher.messages import no_room
from launcher.working_copies import WorkingCopies

ROOT = Path(__file__).resolve().parent.parent
WRONG_ARGUMENTS = NOT_RUN = 2
"""NOT_RUN is the exit code where 1 would be a verdict: a test failed, or something is missing."""

EXAMPLES = """\
examples (on Windows type py in place of python3):
  python3 run.py                           open the lab; the first time, make the environment in .venv
  python3 run.py --no-browser --port 8890  print the address and open no browser
  python3 run.py --with-outputs            notebooks with the outputs of our own run, to read
  python3 run.py restore 02                the original of one notebook; yours is kept in work/kept
  python3 run.py progress                  predictions made, exercises right, what is next
  python3 run.py test                      ruff, import-linter, mypy, pytest, and the notebooks
  python3 run.py test --fast               all but the notebooks
  python3 run.py test tests/unit -k cookie
  python3 run.py test notebooks/02-sessions.ipynb
  python3 run.py doctor

Exit codes: 0 all is well; 1 something is not; 2 that could not be found out, or wrong arguments.
Needs Python 3.11 or newer. Your notebooks are in work/, without outputs; the
originals are in notebooks/.
To start over from nothing, delete .venv."""


def start() -> int:
    """Run what was typed and return the exit code; it is above 2 where no command decided it."""
    return run(lambda: main(sys.argv[1:]), "run.py")


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code; no traceback for what the user can mend."""
    refused = NOT_RUN if arguments[:1] in (["test"], ["doctor"]) else 1
    try:
        options = parse(arguments)
        return int(options.run(options))
    except CommandFailed as error:
        print(error, file=sys.stderr)
        return refused if error.exit_code == 1 else error.exit_code
    except KeyboardInterrupt:
        print("\nStopped. The next start takes up what is unfinished.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # of our output: see `run`
        raise
    except OSError as error:
        if lost(error):
            print(flush=True)  # if it is our output that cannot be written, `run` says so
        print(explain_refusal(error), file=sys.stderr)
        return refused


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line. `run` is the command's function, `rest` what is passed on to another program.

    Raises SystemExit(2) if the arguments are wrong.
    """
    top = Parser(
        prog="run.py",
        description="Session & Token Trails: sessions and tokens side by side, in notebooks.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, function: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        parser.set_defaults(run=function, passes_on=False)
        return parser

    opens = add("lab", open_lab, "open the lab in JupyterLab, as run.py does without a command")
    opens.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
    opens.add_argument("--port", type=port, metavar="N", help="listen on this port")
    restores = add("restore", restore, "put the original of a notebook back; your version stays in work/kept")
    restores.add_argument("notebook", metavar="NN", help="its number, such as 02, or all")
    for parser in (opens, restores):
        parser.add_argument(
            "--with-outputs", action="store_true", help="notebooks with the outputs of our own run"
        )
    progresses = add("progress", progress, "say how far you have come, and what is next")
    progresses.add_argument("--json", action="store_true", help="print JSON, for an instructor's table")
    progresses.add_argument("--reset", action="store_true", help="forget all of it")
    tests = add("test", test, "run every test, or those that are named; other options go to pytest")
    tests.add_argument("--fast", action="store_true", help="leave the notebooks out")
    tests.set_defaults(passes_on=True)
    doctor_parser = add("doctor", doctor, "say what this computer has, what it lacks, what to type")
    doctor_parser.add_argument("--json", action="store_true", help="print JSON")

    if arguments[:1] == ["help"]:
        arguments = ["--help"]
    elif not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["lab", *arguments]
    options, rest = top.parse_known_args(arguments)
    options.rest = rest
    if rest and not options.passes_on:
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    return options


def port(text: str) -> int:
    """Read a port number. Raises ArgumentTypeError."""
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, such as 8890, not {text!r}")


def open_lab(options: argparse.Namespace) -> int:
    """Open the notebooks in JupyterLab and stay until it ends."""
    Environment(ROOT).make()
    return lab.open_lab(ROOT, options.port, not options.no_browser, options.with_outputs)


def restore(options: argparse.Namespace) -> int:
    """Put originals back and say where the user's versions are."""
    for name, kept in WorkingCopies(ROOT, options.with_outputs).restore(options.notebook, datetime.now()):
        if name.endswith(".ipynb") or kept:
            print(f"{name}: the original is in work/{name}" + (f", yours is in work/{kept}" if kept else ""))
    lab.trust(ROOT)
    return 0


def test(options: argparse.Namespace) -> int:
    """Run the tests."""
    Environment(ROOT).make()
    return checks.test(ROOT, options.rest, fast=options.fast)


def doctor(options: argparse.Namespace) -> int:
    """Run `labserver doctor` in the environment."""
    return labserver("doctor", *["--json"] * options.json)


def progress(options: argparse.Namespace) -> int:
    """Run `labserver progress` on the learner's copies."""
    flags = [*["--json"] * options.json, *["--reset"] * options.reset]
    folder = WorkingCopies(ROOT).folder
    folder.mkdir(exist_ok=True)  # before the lab was opened: nothing is done yet
    return labserver("progress", str(folder), *flags)


def labserver(*arguments: str) -> int:
    """Run a command of labserver in the environment, and return its exit code."""
    environment = Environment(ROOT)
    environment.make()
    command = [str(environment.python), "-P", "-m", "labserver", *arguments]
    variables = environment.variables(environment.folder / "state")
    variables["PYTHONIOENCODING"] = sys.stdout.encoding  # it prints where we would
    return subprocess.run(command, env=variables, check=False).returncode


def explain_refusal(error: OSError) -> str:
    """Say what the system refused, and what to do about it."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return no_room(ROOT)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        where = error.filename or ROOT
        return f"{where} may not be written: move the lab's folder to a place of your own and start again."
    return f"The system refused ({error}): see README.md, Troubleshooting."
