"""The parser of `labserver` and of run.py."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from labserver.runtime.command import fail

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one sentence and accepts no abbreviated options."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self.details: Callable[[], str] | None = None

    def format_help(self) -> str:
        """Write the help. `details` writes its last paragraph: only now, since that may load the server."""
        if self.details:
            self.epilog = self.details()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Print what is wrong; raises SystemExit with code 2."""
        sentence = f"{capitalized(message)}; `{self.prog} --help` tells more."
        raise SystemExit(fail(sentence, 2, self.prog.split()[0]))

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print, and raise OSError if that fails: argparse itself would pass over a full disk in silence."""
        (file or sys.stderr).write(message)


def capitalized(sentence: object) -> str:
    """Return a sentence with its first letter in upper case."""
    return str(sentence)[:1].upper() + str(sentence)[1:]
