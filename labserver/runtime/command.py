"""How a command of ours begins and ends: every terminal shows what it prints, and a crash is no verdict.

Exit codes up to 4 are the command's own (see `labserver.cli.main`): 1 may say that an attack got in, or that
a test failed. So what no command decided has one of these:

    70   a mistake of ours: the traceback says where
    74   what was to be written could not be: the disk is full
    130  Ctrl-C
    141  the reader of the output has gone (`labserver attack URL | head -1`)
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from labserver.formats.terminal import visible
from labserver.runtime.child_messages import BY_EXIT_CODE, report

CRASHED = 70  # EX_SOFTWARE of sysexits.h
NOT_WRITTEN = 74  # EX_IOERR
INTERRUPTED = 130  # as shells count: 128 and the signal's number
READER_GONE = 141
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class CommandFailed(Exception):
    """Stop the command. The text is one sentence that says why and what to do."""

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Import what only an extra brings. Raises CommandFailed (exit code 2) if it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "labserver").startswith("labserver"):
            raise
        raise CommandFailed(
            f"There is no package {error.name!r} here: python -m pip install labserver[{extra}]", 2
        ) from None


def run(main: Callable[[], int], name: str = "labserver") -> int:
    """Run a command; returns its exit code, or one of those above."""
    open_streams()
    try:
        code = main()
    except SystemExit as end:
        if isinstance(end.code, str):
            complain(end.code)
            report("failed", end.code)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        complain(f"{name}: Stopped.")
        code = INTERRUPTED
    except BaseException as error:  # in the words of the caller: everything else is no verdict
        code = lost(error) or CRASHED
        if code == CRASHED:  # the last line names the error: that is what a notebook shows
            complain(f"{name}: This is a mistake of the lab's own.\n{traceback.format_exc()}".rstrip())
            report("crashed", f"{type(error).__name__}: {error}")
    return flushed(name) or code


def open_streams() -> None:
    """Print what a terminal cannot encode as \\u2026, and give a closed stream (`>&-`) somewhere to go.

    Else the next file or socket would take the closed stream's number, and get what is printed.
    """
    names = ("stdin", "stdout", "stderr")
    if any(getattr(sys, name) is None for name in names):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(number)
    for number, name in enumerate(names):
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - until the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def lost(error: BaseException) -> int:
    """Return the exit code for output that did not arrive; 0 if the error is another one."""
    number = error.errno if isinstance(error, OSError) else None
    return NOT_WRITTEN if number in FULL else READER_GONE if number == errno.EPIPE else 0


def flushed(name: str) -> int:
    """Write what is still to be written; returns 0, or the exit code if it cannot be."""
    code = 0
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError) as error:
            code = lost(error) or NOT_WRITTEN
            if code == NOT_WRITTEN and stream is sys.stdout:
                complain(f"{name}: Not everything could be written: {error}.")
            with suppress(OSError, ValueError):  # what is left must not fail again at the very end
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def fail(error: object, code: int, name: str = "labserver") -> int:
    """Say on standard error why a command cannot go on, as data too if that is asked for; return `code`."""
    show(f"{name}: {error}", file=sys.stderr)
    report(BY_EXIT_CODE.get(code, "failed"), error)
    return code


def complain(sentence: str) -> None:
    """Say it on standard error, if that can be."""
    with suppress(OSError, ValueError):
        show(sentence, file=sys.stderr)


def show(text: object, file: TextIO | None = None) -> None:
    """Print text that may come from outside, from a learner's file or server: it cannot move the cursor."""
    print(visible(text), file=file)
