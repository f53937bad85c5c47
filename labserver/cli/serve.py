"""`labserver serve`: run the server."""

from __future__ import annotations

import argparse
import gc
import os
import secrets
import socket
from contextlib import nullcontext
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from labserver.cli.arguments import default_home, host, line_of_stdin, origin, port, resource, whole
from labserver.errors import SettingsError
from labserver.runtime.child_environment import TILE_KEY
from labserver.settings import PARTNER, Settings
from labserver.storage.registry import disk_path, examples

if TYPE_CHECKING:
    from labserver.cli.arguments import Subparsers


def add_parser(commands: Subparsers) -> argparse.ArgumentParser:
    """Describe the arguments of this command."""
    parser = commands.add_parser("serve", help="run the server", description="Run the server until Ctrl-C.")
    add = parser.add_argument
    add("--lab", action="store_true", help="lab mode: demo users, control API, one line of JSON on stdout")
    add("--host", type=host, default="127.0.0.1", help="address to listen on (not loopback: needs --tls)")
    add(
        "--host-name",
        action="append",
        default=[],
        type=host_or_any,
        metavar="NAME",
        help="answer to this host name too; repeatable (with --behind-proxy, * stands for any)",
    )
    add("--behind-proxy", action="store_true", help="believe the X-Forwarded-Prefix of a reverse proxy")
    add("--port", type=port, help="0 picks a free one (default: 0 in lab mode, else 8000)")
    add("--tls", action="store_true", help="speak https, with a certificate made for this start")
    add(
        "--store",
        default="sqlite:",
        help=f"{examples()} (default: sqlite:); - reads it from the first line of standard input, so that no "
        "list of processes shows its password",
    )
    add(
        "--algorithm",
        type=algorithm,
        default="HS256",
        metavar="NAME",
        help="what signs access tokens (listed below; default: HS256)",
    )
    workers = whole(1, 64, "1 to 64")
    add("--workers", type=workers, default=1, metavar="N", help="worker processes (default: 1)")
    add("--denylist", action="store_true", help="access tokens can be revoked, for one store read per check")
    lifetime = whole(1, 86400, "an access token is good for 1 to 86400 seconds")
    add("--access-seconds", type=lifetime, default=900, metavar="S", help="token lifetime (default: 900)")
    add(
        "--resource",
        action="append",
        type=resource,
        metavar="URI",
        help=f"a service that clients may ask tokens for; repeatable (default: {PARTNER})",
    )
    add("--cors-origin", action="append", default=[], type=origin, help="may call /token/*; repeatable")
    add("--home", type=Path, help="folder of accounts and keys (~/.labserver; with --lab a temporary one)")
    add("--weak", metavar="NAME", help="a weakness to learn from, in lab mode only (listed below)")
    add("--exit-with-stdin", action="store_true", help="end when standard input closes")
    parser.details = names
    return parser


def names() -> str:
    """List the names that `--algorithm` and `--weak` take."""
    from labserver.auth.tokens.algorithms import ALGORITHMS
    from labserver.lab_mode.weaknesses import WEAKNESSES

    return f"Algorithms: {', '.join(ALGORITHMS)}. Weaknesses: {', '.join(WEAKNESSES)}."


def host_or_any(text: str) -> str:
    """Read a host name, or `*`."""
    return text if text == "*" else host(text)


def algorithm(text: str) -> str:
    """Read the name of an algorithm. Raises ArgumentTypeError."""
    from labserver.auth.tokens.algorithms import ALGORITHMS

    if text in ALGORITHMS:
        return text
    raise argparse.ArgumentTypeError(f"invalid choice: {text!r} (choose from {', '.join(ALGORITHMS)})")


def run(options: argparse.Namespace) -> int:
    """Run the server until it is asked to stop."""
    if options.store == "-":
        options.store = line_of_stdin().strip()
    check(options)
    gc.disable()  # while modules are loaded there is no garbage; on again when the server runs
    from labserver.runtime.lifetime import stop_by_signals, temporary_home

    stop_by_signals()
    from labserver.runtime.serve import listen, serve

    home = permanent_home(options)
    number = (0 if options.lab else 8000) if options.port is None else options.port
    with listen(options.host, number) as listener, nullcontext(home) if home else temporary_home() as folder:
        settings = Settings(
            home=folder,
            store=options.store,
            algorithm=options.algorithm,
            # Passed to the workers in memory: never in an argument, a variable or a log.
            lab_key=secrets.token_urlsafe(32) if options.lab else None,
            tile_key=os.environ.get(TILE_KEY) if options.lab and options.behind_proxy else None,
            tls=options.tls,
            denylist=options.denylist,
            access_lifetime=options.access_seconds,
            weak=options.weak,
            resources=tuple(options.resource or [PARTNER]),
            cors_origins=tuple(options.cors_origin),
            proxied=options.behind_proxy,
        )
        serve(
            replace(settings, hosts=(*settings.hosts, options.host, *options.host_name)),
            listener,
            options.host,
            workers=options.workers,
            temporary=home is None,
            follow_stdin=options.exit_with_stdin,
        )
    return 0


def check(options: argparse.Namespace) -> None:
    """Refuse what would not be safe (docs/security.md, L1 and L2). Raises SettingsError."""
    if options.weak and not options.lab:
        raise SettingsError("A weakness is for lessons: --weak needs --lab.")
    if options.behind_proxy and (options.weak or options.tls):
        raise SettingsError(
            "Behind a proxy, other applications may share the origin of the pages, and TLS is the proxy's: "
            "with --behind-proxy, give neither --weak nor --tls."
        )
    if "*" in options.host_name and not options.behind_proxy:
        raise SettingsError(
            "Any host name is for a server behind a proxy: --host-name * needs --behind-proxy."
        )
    if options.weak and permanent_home(options):
        raise SettingsError(
            "A weak server has a database and keys of its own, gone when it ends: with --weak, give neither "
            "--home nor the path of a store."
        )
    try:
        address = ip_address(socket.getaddrinfo(options.host, None)[0][4][0])
    except (OSError, ValueError):
        raise SettingsError(f"--host {options.host} is no address of this machine.") from None
    if address.is_unspecified:
        raise SettingsError(f"--host {options.host} is every address at once: give the one that clients use.")
    if not address.is_loopback and options.lab:
        raise SettingsError("Lab mode is for this machine only: leave --host out, or --lab.")
    if not address.is_loopback and not options.tls:
        raise SettingsError(f"Others can reach {options.host}, and would read the passwords: add --tls.")


def permanent_home(options: argparse.Namespace) -> Path | None:
    """Choose the home folder; None stands for a temporary one, which is removed at the end."""
    if options.home or not options.lab:
        return Path(options.home or default_home()).absolute()
    if path := disk_path(options.store):  # a restart on the same sessions finds the same accounts and keys
        return Path(f"{path}-home").absolute()
    return None
