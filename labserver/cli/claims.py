"""`labserver claims`: try what people say about sessions and tokens, and print the verdicts."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from labserver.cli.parser import capitalized
from labserver.runtime.command import CommandFailed, needs

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser(
        "claims",
        help="what people say about sessions and tokens, with a verdict from a run",
        description="Try what people say about sessions and tokens. Each experiment runs on servers that are "
        "started for it and end with it; all together take about a minute.",
        epilog="Where there is no Chromium, a claim that needs a browser shows a stored result, and says so. "
        "Exit code 0: all verdicts are as expected; 1: one is not; 2: it could not be tried.",
    )
    add = parser.add_argument
    add("--only", action="append", default=[], metavar="NAME", help="try this claim only; repeatable")
    add("--list", action="store_true", help="list the claims, and end")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--html", action="store_true", help="print an HTML page")
    return parser


def run(options: argparse.Namespace) -> int:
    """Try the claims and print the table. Return 1 if a verdict is not as expected, else 0. Raises
    CommandFailed.
    """
    with needs("lab"):
        from labserver.kit.exercises import claims
        from labserver.kit.failures import KitError

    try:
        chosen = [claims.find(name) for name in options.only] or list(claims.CLAIMS.values())
    except ValueError as error:
        raise CommandFailed(f"{capitalized(error)}.", 2) from None
    if options.list:
        print("\n".join(f"{one.name}: {one.text} {one.about}" for one in chosen))
        return 0
    try:
        report = claims.run([one.name for one in chosen])
    except KitError as error:
        raise CommandFailed(capitalized(error), 2) from None
    if options.json:
        print(json.dumps(report.fields(), indent=2, ensure_ascii=False))
    else:
        print(report.page() if options.html else report)
    return 1 if report.flipped else 0
