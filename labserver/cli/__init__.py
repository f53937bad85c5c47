"""The command `labserver`. What a command needs is imported when it runs: `--help` waits for no Flask."""

from __future__ import annotations

import argparse
import getpass
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

from labserver.errors import LabError, SettingsError, StoreUnusable
from labserver.formats.hosts import host_name, origin_of
from labserver.runtime.child_messages import BY_EXIT_CODE, report
from labserver.settings import Settings
from labserver.storage.registry import disk_path, examples

ALGORITHMS = ("HS256", "ES256", "EdDSA", "RS256")
ROOT = Path(__file__).resolve().parents[2]
STORE_HELP = (
    f"{examples()} (default: sqlite:); - reads it from the first line of standard input, "
    "so that a password in it shows in no list of processes"
)


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one sentence, and takes no option for another that it begins."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        raise SystemExit(complain(f"{message[:1].upper()}{message[1:]}; `{self.prog} --help` tells more.", 2))


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = Parser(prog="labserver", description="Session & Token Trails: sessions and tokens, side by side.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    serve = commands.add_parser("serve", help="run the server", description="Run the server until Ctrl-C.")
    serve.set_defaults(run=run_server)
    add = serve.add_argument
    add("--lab", action="store_true", help="lab mode: demo users, the lab desk, one line of JSON on stdout")
    add(
        "--host",
        type=host,
        default="127.0.0.1",
        help="the address to listen on; other than loopback needs --tls",
    )
    add("--port", type=port, help="0 picks a free one (default: 0 in lab mode, else 8000)")
    add("--tls", action="store_true", help="speak https, with a certificate made for this start")
    add("--store", default="sqlite:", help=STORE_HELP)
    add("--algorithm", choices=ALGORITHMS, default="HS256", help="what signs access tokens (default: HS256)")
    add("--workers", type=positive, default=1, metavar="N", help="worker processes (default: 1)")
    add("--denylist", action="store_true", help="access tokens can be revoked, for one store read per check")
    add(
        "--access-seconds",
        type=lifetime,
        default=900,
        metavar="S",
        help="how long an access token is good (default: 900)",
    )
    add(
        "--cors-origin",
        action="append",
        default=[],
        type=origin,
        help="may call the token endpoints; repeatable",
    )
    add(
        "--home",
        type=Path,
        help="where accounts and keys are (default: ~/.labserver; with --lab a temporary one)",
    )
    add("--weak", metavar="NAME", help="a weakness to learn from, in lab mode only")
    add("--exit-with-stdin", action="store_true", help="end when standard input closes")

    service = commands.add_parser(
        "service",
        help="run a second service, which trusts the first one's tokens",
        description="Run a service on 127.0.0.1 that holds no account and no secret: it checks access tokens "
        "with the public keys that the issuer publishes. The first line on standard output is its address, "
        "as JSON.",
    )
    service.set_defaults(run=run_service)
    add = service.add_argument
    add(
        "--issuer",
        required=True,
        metavar="URL",
        help="the server whose tokens count, such as http://127.0.0.1:8000",
    )
    add("--ca", type=Path, metavar="FILE", help="the certificate authority to trust, for an issuer on https")
    add("--port", type=port, default=0, help="0 picks a free one (default: 0)")
    add(
        "--max-age", type=seconds, default=300, metavar="S", help="fetch the keys again after S seconds (300)"
    )
    add("--min-gap", type=seconds, default=10, metavar="S", help="and never sooner than S seconds (10)")
    add(
        "--keep",
        type=seconds,
        default=86400,
        metavar="S",
        help="believe them without the issuer so long (86400)",
    )
    add("--lab-clock", type=Path, metavar="FILE", help="the clock of a lab, as its first line names it")
    add("--exit-with-stdin", action="store_true", help="end when standard input closes")

    user = commands.add_parser("user", help="manage accounts", description="Manage accounts.")
    add_user = user.add_subparsers(metavar="ACTION", required=True).add_parser("add", help="make an account")
    add_user.set_defaults(run=run_user_add)
    add_user.add_argument("name", metavar="NAME")
    add_user.add_argument("--role", default="user", choices=("user", "admin"))
    add_user.add_argument("--email")
    add_user.add_argument("--home", type=Path, metavar="DIR", help="default: ~/.labserver")

    attack = commands.add_parser(
        "attack",
        help="try all attacks of the lessons on a server",
        description="Try all attacks of the lessons on a server of your own. Use accounts made for this: an "
        "attack that gets in changes the victim's address or ends their sessions.",
        epilog="Passwords are asked for, or read from standard input as one line of JSON, the one that "
        "`labserver serve --lab` prints first; LABSERVER_LAB_KEY may hold the lab key. Exit code 0: nothing "
        "got in; 1: something did; 2: it could not be tried.",
    )
    attack.set_defaults(run=run_attack)
    add = attack.add_argument
    add("url", nargs="?", metavar="URL", help="where the server is, such as http://127.0.0.1:8000")
    add("--hello", metavar="FILE", help="a file with that first line, or - for standard input")
    add("--victim", default="ada", metavar="NAME", help="the honest user (default: ada)")
    add("--attacker", default="mallory", metavar="NAME", help="the attacker's own account (default: mallory)")
    add("--ca", metavar="FILE", help="the certificate authority to trust, for https")
    add("--only", action="append", default=[], metavar="NAME", help="run this attack only; repeatable")
    add("--list", action="store_true", help="tell which attacks there are, and end")

    load = commands.add_parser(
        "load",
        help="throughput for one user and many, by Locust",
        description="Send a server of your own as many requests as it answers, to one user and to many.",
        epilog="The accounts are read from --hello, the line of JSON that `labserver serve --lab` prints "
        "first. For more than one machine use Locust's own commands, which stand at the head of "
        "labserver/load/locustfile.py. Exit code 0: no errors; 1: some were errors; 2: it was not run.",
    )
    load.set_defaults(run=run_load)
    add = load.add_argument
    add("url", nargs="?", metavar="URL", help="where the server is (default: what --hello says)")
    add(
        "--hello",
        metavar="FILE",
        default="-",
        help="a file with that line, or - for standard input (default)",
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
        help="how many at once (default: 1,2,4,8)",
    )
    add("--seconds", type=float, default=2.0, metavar="S", help="for each flow and number (default: 2)")
    add("--ca", metavar="FILE", help="the certificate authority to trust, for https")
    add("--json", action="store_true", help="print JSON")
    add("--beyond-this-machine", action="store_true", help="allow an address that is not this machine's")

    lab = commands.add_parser("lab", help="open the notebooks in JupyterLab")
    lab.set_defaults(run=run_lab)
    lab.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="options of run.py")

    doctor = commands.add_parser("doctor", help="what is there, what is missing, what to type")
    doctor.set_defaults(run=run_doctor)
    doctor.add_argument("--json", action="store_true", help="print JSON")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code: 2 wrong arguments, 3 port in use, 4 store unusable, else 1.

    What nobody decided, such as a crash, has a code above these: see `labserver.runtime.command`.
    """
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except SettingsError as error:
        return complain(error, 2)
    except StoreUnusable as error:
        return complain(error, 4)
    except KeyboardInterrupt as interrupt:
        result = vars(interrupt).get("result")  # what `attack` or `load` had found by then
        if result is not None:
            print(result)
        return complain("stopped", 130)


def complain(error: object, code: int) -> int:
    print(f"labserver: {error}", file=sys.stderr)
    report(BY_EXIT_CODE.get(code, "failed"), error)
    return code


def line_of_stdin() -> str:
    """Read one line. Raises SettingsError if it is in another encoding than Python expects here."""
    try:
        return sys.stdin.readline().removeprefix("\ufeff").rstrip("\r\n")  # as Windows writes lines
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"Standard input is no {error.encoding}: PYTHONIOENCODING says what it is."
        ) from None


def run_server(chosen: argparse.Namespace) -> int:
    """`labserver serve`."""
    if chosen.store == "-":
        chosen.store = line_of_stdin().strip()
    check(chosen)
    from labserver.runtime.lifetime import stop_by_signals, temporary_home

    stop_by_signals()
    from labserver.runtime.serve import PortInUse, WorkersFail, listen, serve

    home = kept_home(chosen)
    number = (0 if chosen.lab else 8000) if chosen.port is None else chosen.port
    try:
        with (
            listen(chosen.host, number) as listener,
            nullcontext(home) if home else temporary_home() as folder,
        ):
            settings = Settings(
                home=folder,
                store=chosen.store,
                algorithm=chosen.algorithm,
                # Handed to the workers in memory: never in an argument, a variable or a log.
                lab_key=secrets.token_urlsafe(32) if chosen.lab else None,
                tls=chosen.tls,
                denylist=chosen.denylist,
                access_lifetime=chosen.access_seconds,
                weak=chosen.weak,
                cors_origins=tuple(chosen.cors_origin),
            )
            serve(
                replace(settings, hosts=(*settings.hosts, chosen.host)),
                listener,
                chosen.host,
                workers=chosen.workers,
                temporary=home is None,
                follow_stdin=chosen.exit_with_stdin,
            )
    except WorkersFail as error:
        return complain(error, 1)
    except PortInUse as error:
        return complain(error, 3)
    return 0


def run_service(chosen: argparse.Namespace) -> int:
    """`labserver service`."""
    from functools import partial

    from labserver.resource_server.jwks_client import fetch
    from labserver.resource_server.settings import ResourceServerSettings
    from labserver.runtime.lifetime import stop_by_signals

    stop_by_signals()
    settings = ResourceServerSettings(
        issuer=chosen.issuer.rstrip("/"),
        ca=chosen.ca,
        max_age=chosen.max_age,
        min_gap=chosen.min_gap,
        keep=chosen.keep,
        lab_clock=chosen.lab_clock,
    )
    with suppress(OSError, ValueError, HTTPException):  # an issuer that is down now may be up later
        if not fetch(settings):
            raise SettingsError(
                f"{chosen.issuer} publishes no public key: HS256 has none. Start it with --algorithm ES256."
            )
    from labserver.runtime.serve import PortInUse, WorkersFail, listen, load, run
    from labserver.runtime.service import create_service

    try:
        with listen("127.0.0.1", chosen.port) as listener:
            run(
                partial(load, partial(create_service, settings), settings.max_body, None),
                listener,
                "127.0.0.1",
                hello={},
                follow_stdin=chosen.exit_with_stdin,
            )
    except WorkersFail as error:
        return complain(error, 1)
    except PortInUse as error:
        return complain(error, 3)
    return 0


def check(chosen: argparse.Namespace) -> None:
    """Refuse what would not be safe (SECURITY.md, L1 and L2). Raises SettingsError."""
    if chosen.weak and not chosen.lab:
        raise SettingsError("A weakness is for lessons: --weak needs --lab.")
    if chosen.weak and kept_home(chosen):
        raise SettingsError(
            "A weak server has a database and keys of its own, gone when it ends: with --weak, give neither "
            "--home nor the path of a store."
        )
    try:
        address = ip_address(socket.getaddrinfo(chosen.host, None)[0][4][0])
    except (OSError, ValueError):
        raise SettingsError(f"--host {chosen.host} is no address of this machine.") from None
    if address.is_unspecified:
        raise SettingsError(f"--host {chosen.host} is every address at once: give the one that clients use.")
    if not address.is_loopback and chosen.lab:
        raise SettingsError("Lab mode is for this machine only: leave --host out, or --lab.")
    if not address.is_loopback and not chosen.tls:
        raise SettingsError(f"Others can reach {chosen.host}, and would read the passwords: add --tls.")


def kept_home(chosen: argparse.Namespace) -> Path | None:
    """Choose the home folder; None is one for this run only."""
    if chosen.home or not chosen.lab:
        return Path(chosen.home or default_home()).absolute()
    if path := disk_path(chosen.store):  # a restart on the same sessions finds the same accounts and keys
        return Path(f"{path}-home").absolute()
    return None


def default_home() -> Path:
    """Give ~/.labserver. Raises SettingsError where there is no ~, as for a container's odd user."""
    try:
        return Path.home() / ".labserver"
    except RuntimeError:
        raise SettingsError(
            "This user has no home folder: say with --home where accounts and keys go."
        ) from None


def run_user_add(chosen: argparse.Namespace) -> int:
    """`labserver user add`: asks for the password; reads it from standard input if that is no terminal."""
    from labserver.app import assemble

    home = Path(chosen.home or default_home()).absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    users = assemble(Settings(home=home)).users
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password for {chosen.name}: ")
        if getpass.getpass("Once more: ") != password:
            return complain("The two are not the same; nothing was changed.", 2)
    else:
        password = line_of_stdin()
    try:
        user = users.add(chosen.name, password, chosen.role, chosen.email)
    except LabError as error:
        return complain(error.sentence, 2)
    print(f"{user.username} ({user.role}) can log in to the server whose home is {home}.")
    return 0


def run_lab(chosen: argparse.Namespace) -> int:
    """`labserver lab`: what `python run.py` does, where there is one."""
    if not (ROOT / "run.py").exists() or not (ROOT / "notebooks").exists():
        return complain("There are no notebooks here: clone the project, and type `python3 run.py` there.", 1)
    try:
        return subprocess.call([sys.executable, str(ROOT / "run.py"), "lab", *chosen.rest])  # noqa: S603
    except KeyboardInterrupt:
        return 0


def run_attack(chosen: argparse.Namespace) -> int:
    """`labserver attack`."""
    from labserver.kit.attacks import command

    if chosen.list:
        print(command.listing())
        return 0
    return command.run(
        chosen.url,
        hello=chosen.hello,
        victim=chosen.victim,
        attacker=chosen.attacker,
        ca=chosen.ca,
        names=chosen.only,
    )


def run_load(chosen: argparse.Namespace) -> int:
    """`labserver load`."""
    from labserver.kit.measurement import load_command
    from labserver.kit.measurement.load import USUAL

    return load_command.run(
        chosen.url,
        hello=chosen.hello,
        flows=chosen.flows or USUAL,
        users=chosen.users,
        seconds=chosen.seconds,
        ca=chosen.ca,
        as_json=chosen.json,
        beyond_this_machine=chosen.beyond_this_machine,
    )


def run_doctor(chosen: argparse.Namespace) -> int:
    """`labserver doctor`."""
    from labserver.runtime.doctor import report

    return report(as_json=chosen.json)


def port(text: str) -> int:
    """Read a port number."""
    if text.isascii() and text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")


def positive(text: str) -> int:
    """Read a number of workers."""
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 64:
        return int(text)
    raise argparse.ArgumentTypeError(f"1 to 64, not {text!r}")


def lifetime(text: str) -> int:
    """Read the lifetime of an access token, in seconds."""
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 86400:
        return int(text)
    raise argparse.ArgumentTypeError(f"an access token is good for 1 to 86400 seconds, not {text!r}")


def seconds(text: str) -> float:
    """Read a length of time."""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", text):
        return float(text)
    raise argparse.ArgumentTypeError(f"a number of seconds, such as 300, not {text!r}")


def numbers(text: str) -> list[int]:
    """Read whole numbers with commas between."""
    if re.fullmatch(r"[0-9]{1,4}(,[0-9]{1,4})*", text):
        return [int(each) for each in text.split(",")]
    raise argparse.ArgumentTypeError(f"numbers of users look like 1,2,4,8, not {text!r}")


def host(text: str) -> str:
    """Read a host name or an address, and write it as clients do: LAB as lab, 127.1 as 127.0.0.1."""
    try:
        name = host_name(text.encode("idna").decode("ascii")).removesuffix(".")
        return str(socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST)[0][4][0])
    except UnicodeError:
        return text  # `check` says that it is no address
    except OSError:
        return name


def origin(text: str) -> str:
    """Read an origin, scheme, host and port without a path, and write it as browsers do."""
    if found := origin_of(text):
        return found
    raise argparse.ArgumentTypeError(f"an origin looks like https://app.example, not {text!r}")
