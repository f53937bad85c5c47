"""`labserver user add`: make an account."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from labserver.cli.arguments import default_home, line_of_stdin
from labserver.errors import LabError
from labserver.runtime.command import CommandFailed, show
from labserver.settings import Settings

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser("user", help="manage accounts", description="Manage accounts.")
    add = parser.add_subparsers(metavar="ACTION", required=True).add_parser("add", help="make an account")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", default="user", choices=("user", "admin"))
    add.add_argument("--email")
    add.add_argument("--home", type=Path, metavar="DIR", help="default: ~/.labserver")
    return parser


def run(options: argparse.Namespace) -> int:
    """Make an account. The password is asked for, or read from standard input if that is not a terminal.

    Raises CommandFailed, SettingsError or StoreUnusable.
    """
    from labserver.app import assemble

    home = Path(options.home or default_home()).absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    users = assemble(Settings(home=home)).users
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password for {options.name}: ")
        if getpass.getpass("Once more: ") != password:
            raise CommandFailed("The two are not the same; nothing was changed.", 2)
    else:
        password = line_of_stdin()
    try:
        user = users.add(options.name, password, options.role, options.email)
    except LabError as error:
        raise CommandFailed(error.sentence, 2) from None
    show(f"{user.username} ({user.role}) can log in to the server whose home is {home}.")
    return 0
