"""The command `labserver`. Each module here with an `add_parser` is one of its commands.

Such a module imports at its head only what describes the command line. What the command needs to run is
imported in its `run`, so that `labserver --help` does not load Flask.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from labserver.cli.parser import Parser
from labserver.errors import SettingsError, StoreUnusable
from labserver.runtime.command import INTERRUPTED, CommandFailed, fail, show


def commands() -> Iterator[ModuleType]:
    """Find the commands, in the order of their names."""
    for found in iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        if hasattr(module, "add_parser"):
            yield module


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = Parser(prog="labserver", description="Session & Token Trails: sessions and tokens, side by side.")
    subparsers = top.add_subparsers(metavar="COMMAND", required=True)
    for command in commands():
        command.add_parser(subparsers).set_defaults(run=command.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 2 wrong arguments, 3 port in use, 4 store unusable, else 1.

    The codes above these, such as that of a crash, are described in `labserver.runtime.command`.
    """
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except SettingsError as error:
        return fail(error, 2)
    except StoreUnusable as error:
        return fail(error, 4)
    except CommandFailed as error:
        return fail(error, error.exit_code)
    except KeyboardInterrupt as interrupt:
        result = vars(interrupt).get("result")  # what `attack` or `load` had found by then
        if result is not None:
            show(result)
        return fail("Stopped.", INTERRUPTED)
