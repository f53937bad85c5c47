"""`labserver other-sites`: pages on other origins, an attacker's among them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from labserver.cli.arguments import port

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser(
        "other-sites",
        help="serve pages on other origins, an attacker's among them",
        description="Serve pages on 127.0.0.1 under the names evil.localhost, blog.shop.localhost and "
        "app.localhost, which every browser takes for this machine. The first line on standard output is the "
        "address, as JSON.",
    )
    parser.add_argument("--port", type=port, default=0, help="0 picks a free one (default: 0)")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input closes")
    return parser


def run(options: argparse.Namespace) -> int:
    """Serve until asked to stop."""
    import secrets
    from functools import partial

    from labserver.other_sites.app import MAX_BODY, create_other_sites
    from labserver.runtime.lifetime import stop_by_signals
    from labserver.runtime.serve import listen, load, serve_app

    stop_by_signals()
    key = secrets.token_urlsafe(32)
    with listen("127.0.0.1", options.port) as listener:
        serve_app(
            partial(load, partial(create_other_sites, key), MAX_BODY, None),
            listener,
            "127.0.0.1",
            ready={"key": key},
            follow_stdin=options.exit_with_stdin,
        )
    return 0
