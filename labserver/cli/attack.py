"""`labserver attack`: try the attacks of the lessons on a server."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from labserver.cli.arguments import READY_MESSAGE
from labserver.cli.parser import capitalized
from labserver.runtime.command import CommandFailed, needs, show

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers
    from labserver.kit.attacks import Attack

KEY_VARIABLE = "LABSERVER_LAB_KEY"


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser(
        "attack",
        help="try all attacks of the lessons on a server",
        description="Try all attacks of the lessons on a server of your own. Use accounts made for this: an "
        "attack that gets in changes the victim's address or ends their sessions.",
        epilog=f"Passwords are asked for, or read from standard input as one line of JSON: {READY_MESSAGE}. "
        f"{KEY_VARIABLE} may hold the lab key. Exit code 0: nothing got in; 1: something did; 2: it could "
        "not be tried.",
    )
    add = parser.add_argument
    add("url", nargs="?", metavar="URL", help="where the server is, such as http://127.0.0.1:8000")
    add(
        "--ready",
        "--hello",
        metavar="FILE",
        help="a file with that first line, or - for standard input",
    )
    add("--victim", default="ada", metavar="NAME", help="the honest user (default: ada)")
    add("--attacker", default="mallory", metavar="NAME", help="the attacker's own account (default: mallory)")
    add("--ca", metavar="FILE", help="the certificate authority to trust, for https")
    add("--only", action="append", default=[], metavar="NAME", help="run this attack only; repeatable")
    add("--list", action="store_true", help="list the attacks, and end")
    return parser


def run(options: argparse.Namespace) -> int:
    """Attack and print the table. Return 1 if an attack got in, else 0. Raises CommandFailed."""
    with needs("lab"):
        from labserver.kit.attacks import Target, battery
        from labserver.kit.failures import KitError

    if options.list:
        print(listing())
        return 0
    try:
        attacks = chosen_attacks(options.only)
        message = message_of_server(options, options.url, (options.victim, options.attacker))
        report = battery(Target.from_ready_message(message, options.victim, options.attacker), attacks)
    except KitError as error:
        raise CommandFailed(capitalized(error), 2) from None
    show(report)
    return 1 if report.got_in else 0


def listing() -> str:
    """List the attacks: what each tries, and which weakness lets it in."""
    from labserver.kit.attacks import ATTACKS

    return "\n".join(
        f"{one.name}: {one.about} ({one.standard}; {one.weakness or 'no weakness lets it in'})"
        for one in ATTACKS
    )


def chosen_attacks(names: Sequence[str]) -> Sequence[Attack]:
    """Find attacks by name; without names, all of them. Raises CommandFailed."""
    from labserver.kit.attacks import ATTACKS

    known = {one.name: one for one in ATTACKS}
    for name in names:
        if name not in known:
            raise CommandFailed(f"There is no attack {name!r}; `labserver attack --list` lists them.", 2)
    return [known[name] for name in names] or ATTACKS


def message_of_server(options: argparse.Namespace, url: str | None, names: Sequence[str]) -> dict[str, Any]:
    """Read a server's ready message, or ask at the terminal; what the options say comes first.

    Raises KitError or CommandFailed.
    """
    from labserver.kit.processes.ready_message import read_ready_message

    if options.ready is None and sys.stdin.isatty():
        message = ask_for_passwords(names)
    else:
        message = read_ready_message(options.ready or "-")
    given = {"url": url, "ca": options.ca, "lab_key": os.environ.get(KEY_VARIABLE)}
    return message | {name: value for name, value in given.items() if value}


def ask_for_passwords(names: Sequence[str]) -> dict[str, Any]:
    """Ask at the terminal; returns them in the form of the ready message. Raises CommandFailed."""
    try:
        return {"users": {name: {"password": getpass.getpass(f"Password of {name}: ")} for name in names}}
    except (EOFError, KeyboardInterrupt):
        raise CommandFailed("No password, no attack.", 2) from None
