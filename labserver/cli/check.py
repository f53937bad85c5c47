"""`labserver check`: put a server to the capstone's steps, from a file or at an address."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from labserver.cli.arguments import READY_MESSAGE
from labserver.cli.attack import KEY_VARIABLE, message_of_server
from labserver.cli.parser import capitalized
from labserver.runtime.command import CommandFailed, needs, show

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers
    from labserver.kit.capstone.examination import Examination


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser(
        "check",
        help="put a server of your own to the steps of the capstone",
        description="See whether a server keeps the contract, keeps all attacks out, and has done the steps "
        "of notebook 12. A file has to define create_app(passwords), as labserver/tiny.py does; it runs with "
        "limits of memory and time, which are no protection from a file that means harm.",
        epilog=f"For an address, passwords are asked for, or read from standard input as one line of JSON: "
        f"{READY_MESSAGE}. {KEY_VARIABLE} may hold the lab key: without it, what needs the server's clock is "
        "not tried. Exit code 0: honest use works, nothing got in, every step that could be tried is done; "
        "1: not so; 2: it could not be tried.",
    )
    add = parser.add_argument
    add("server", metavar="FILE|URL", help="a server file such as my_server.py, or http://127.0.0.1:8000")
    add("--json", action="store_true", help="print the report as JSON")
    add(
        "--ready",
        "--hello",
        metavar="FILE",
        help="for an address: a file with that first line, or - for standard input",
    )
    add("--ca", metavar="FILE", help="for an address: the certificate authority to trust, for https")
    return parser


def run(options: argparse.Namespace) -> int:
    """Examine and print the report. Return 0 if the server holds, else 1. Raises CommandFailed."""
    with needs("lab"):
        from labserver.kit.failures import KitError

    try:
        found = examined(options)
    except KitError as error:
        raise CommandFailed(capitalized(error), 2) from None
    show(json.dumps(found.as_json(), indent=2) if options.json else found)
    return 0 if found.passed else 1


def examined(options: argparse.Namespace) -> Examination:
    """Examine the file or the address. Raises KitError or CommandFailed."""
    from labserver.kit.capstone.examination import examine, examine_target
    from labserver.kit.capstone.target import OwnTarget

    if "://" not in options.server:
        return examine(Path(options.server))
    message = message_of_server(options, options.server, ("ada", "mallory"))
    return examine_target(OwnTarget.from_ready_message(message))
