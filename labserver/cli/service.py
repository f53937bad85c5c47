"""`labserver service`: run a second service, which accepts the access tokens that the first signs for it."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from labserver.cli.arguments import port, seconds
from labserver.errors import SettingsError
from labserver.settings import PARTNER

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser(
        "service",
        help="run a second service, which accepts the tokens that are meant for it",
        description="Run a service on 127.0.0.1 that holds no account and no secret: it checks access tokens "
        "with the public keys that the issuer publishes. The first line on standard output is its address, "
        "as JSON.",
    )
    add = parser.add_argument
    add(
        "--issuer",
        required=True,
        metavar="URL",
        help="the server that issues the tokens: http://127.0.0.1:8000",
    )
    add("--ca", type=Path, metavar="FILE", help="the certificate authority to trust, for an issuer on https")
    add(
        "--audience",
        default=PARTNER,
        metavar="URI",
        help=f"its own name in tokens; a client gives it as `resource` when it logs in ({PARTNER})",
    )
    add("--port", type=port, default=0, help="0 picks a free one (default: 0)")
    add("--max-age", type=seconds, default=300, metavar="S", help="fetch the keys every S seconds (300)")
    add("--min-gap", type=seconds, default=10, metavar="S", help="and never sooner than S seconds (10)")
    add(
        "--keep", type=seconds, default=86400, metavar="S", help="use them without the issuer so long (86400)"
    )
    add("--lab-clock", type=Path, metavar="FILE", help="the clock of a lab, as its first line names it")
    add("--exit-with-stdin", action="store_true", help="end when standard input closes")
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the service until it is asked to stop. Raises SettingsError if the issuer publishes no key."""
    from functools import partial

    from labserver.resource_server.jwks_client import FETCH_ERRORS, fetch
    from labserver.resource_server.settings import ResourceServerSettings
    from labserver.runtime.lifetime import stop_by_signals

    stop_by_signals()
    settings = ResourceServerSettings(
        issuer=options.issuer.rstrip("/"),
        audience=options.audience,
        ca=options.ca,
        max_age=options.max_age,
        min_gap=options.min_gap,
        keep=options.keep,
        lab_clock=options.lab_clock,
    )
    with suppress(*FETCH_ERRORS):  # an issuer that is down now may be up later
        if not fetch(settings):
            raise SettingsError(
                f"{options.issuer} publishes no public key: HS256 has none. Start it with --algorithm ES256."
            )
    from labserver.runtime.serve import listen, load, serve_app
    from labserver.runtime.service import create_service

    with listen("127.0.0.1", options.port) as listener:
        serve_app(
            partial(load, partial(create_service, settings), settings.max_body, None),
            listener,
            "127.0.0.1",
            ready={"audience": settings.audience},
            follow_stdin=options.exit_with_stdin,
        )
    return 0
