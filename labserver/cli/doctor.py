"""`labserver doctor`: say what is installed, what is missing, and what to type."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser("doctor", help="what is there, what is missing, what to type")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def run(options: argparse.Namespace) -> int:
    """Print the report. Return 1 if the server or the lab lacks something, else 0."""
    from labserver.runtime.doctor import report

    return report(as_json=options.json)
