"""`labserver progress`: how far a learner has come, from the file that the notebooks keep."""

from __future__ import annotations

import argparse
import json
from os.path import isdir
from pathlib import Path
from typing import TYPE_CHECKING

from labserver.runtime.command import CommandFailed, show

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser(
        "progress", help="which predictions, exercises and steps are done, what is next"
    )
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="where the notebooks are (here)")
    parser.add_argument(
        "--json", action="store_true", help="print JSON: what is next, and a row per notebook"
    )
    parser.add_argument("--reset", action="store_true", help="forget all of it")
    return parser


def run(options: argparse.Namespace) -> int:
    """Print the table, or forget what it shows.

    Raises CommandFailed if there is no such folder, or if the file cannot be deleted.
    """
    from dataclasses import asdict

    from labserver.kit.exercises import progress, summary

    if not isdir(options.folder):  # unlike Path.is_dir, it is False for a name that is too long, too
        raise CommandFailed(f"There is no folder {options.folder}.", 2)
    path = options.folder / progress.FILE
    if options.reset:
        try:
            print("Forgotten." if progress.reset(path) else "There was nothing to forget.")
        except OSError as error:
            raise CommandFailed(f"{path} cannot be deleted: {error.strerror or error}.") from error
        return 0
    kept = progress.read(path)
    if options.json:
        notebooks = summary.summarize(kept)
        print(
            json.dumps(
                {"next": summary.upcoming(notebooks), "notebooks": [*map(asdict, notebooks)]}, indent=1
            )
        )
    else:
        show(summary.table(kept))
    return 0
