"""`labserver load`: measure throughput with Locust."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from labserver.cli.arguments import READY_MESSAGE, numbers
from labserver.cli.parser import capitalized
from labserver.runtime.command import CommandFailed, needs, show

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers
    from labserver.kit.measurement.throughput import Load


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser(
        "load",
        help="throughput for one user and many, by Locust",
        description="Send a server of your own as many requests as it answers, from one user and from many.",
        epilog=f"The accounts are read from --ready, {READY_MESSAGE}. For more than one machine use Locust's "
        "own commands: see the head of labserver/load/locustfile.py. Exit code 0: no errors; 1: some were "
        "errors; 2: it was not run.",
    )
    add = parser.add_argument
    add("url", nargs="?", metavar="URL", help="where the server is (default: what --ready says)")
    add(
        "--ready",
        "--hello",
        metavar="FILE",
        default="-",
        help="a file with it, or - for standard input (default)",
    )
    add(
        "--flow",
        action="append",
        default=[],
        metavar="NAME",
        dest="flows",
        help="none, session, token, session-mixed, token-mixed; repeatable (default: the first three)",
    )
    add(
        "--users",
        type=numbers,
        default="1,2,4,8",
        metavar="N,N,…",
        help="users at once (default: 1,2,4,8)",
    )
    add("--seconds", type=float, default=2.0, metavar="S", help="for each flow and number (default: 2)")
    add("--ca", metavar="FILE", help="the certificate authority to trust, for https")
    add("--json", action="store_true", help="print JSON")
    add("--beyond-this-machine", action="store_true", help="allow an address that is not this machine's")
    return parser


def run(options: argparse.Namespace) -> int:
    """Load a server and print the table. Return 1 if an answer was wrong, else 0. Raises CommandFailed."""
    with needs("lab"):
        from labserver.kit.failures import KitError

    try:
        found = measure(options)
    except (KeyError, TypeError, ValueError):
        raise CommandFailed("The line of JSON lacks the address or the users' passwords.", 2) from None
    except KitError as error:
        raise CommandFailed(capitalized(error), 2) from None
    if options.json:
        print(json.dumps([asdict(point) | {"rate": point.rate} for point in found.points], indent=2))
    else:
        show(found)
    return 1 if found.errors else 0


def measure(options: argparse.Namespace) -> Load:
    """Read the accounts and run the load. Raises KitError; KeyError, TypeError or ValueError for bad JSON."""
    from labserver.kit.failures import KitError
    from labserver.kit.measurement.load import USUAL, load
    from labserver.kit.processes.ready_message import read_ready_message

    message = read_ready_message(options.ready)
    accounts = [(name, str(user["password"])) for name, user in dict(message["users"]).items()]
    flows = options.flows or USUAL

    def enough(count: int) -> list[tuple[str, str]]:
        if len(accounts) < count and any(flow.endswith("mixed") for flow in flows):
            raise KitError(
                f"{len(accounts)} accounts are too few for all of them to log in at once: it takes {count}. "
                "Ask for fewer --users, or make accounts and add them to the line of JSON."
            )
        return accounts

    return load(
        options.url or str(message["url"]),
        enough,
        flows,
        options.users,
        options.seconds,
        ca=options.ca or message.get("ca"),
        lab_key=message.get("lab_key"),
        beyond_this_machine=options.beyond_this_machine,
    )
