"""The lab's visitors, for Locust's own commands, on one machine or many:

    labserver serve --lab > ready.json                                  a server, and its demo users
    locust -f labserver/load/locustfile.py --ready ready.json --flow session --users 8 --spawn-rate 8 \
           --run-time 10s --headless --master --master-bind-host 127.0.0.1 --expect-workers 2    one master
    locust -f labserver/load/locustfile.py --worker                                              two workers

Locust's own table shows whole milliseconds as a client sees them; the last lines that are printed here show
what the server says it took (`Server-Timing`). For one machine `labserver load` is simpler.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from labserver.load.tally import Tally
from labserver.load.visitor import FLOWS, Job, Visitor, elsewhere, prepare

__all__ = ["Visitor"]  # Locust looks for it here


@events.init_command_line_parser.add_listener
def add_options(parser: argparse.ArgumentParser) -> None:
    """Add our options to Locust's."""
    add = parser.add_argument
    add(
        "--ready",
        "--hello",
        metavar="FILE",
        help="the first line of `labserver serve --lab`: address and accounts",
    )
    add("--flow", default="session", choices=sorted(FLOWS), help="what the visitors do (default: session)")
    add("--beyond-this-machine", action="store_true", help="allow a host that is not this machine")


@events.init.add_listener
def refuse_other_machines(environment: Environment, runner: Any, **_: Any) -> None:
    """End before anything is sent if the target is not ours. Workers get their target from the master.

    Raises SystemExit with the reason.
    """
    options = environment.parsed_options
    if options is None or isinstance(runner, WorkerRunner):
        return
    if not options.ready:
        raise SystemExit("labserver: Say who logs in: --ready FILE, what `labserver serve --lab` printed.")
    environment.host = environment.host or ready_message_in(options.ready)["url"]
    why = elsewhere(str(environment.host))
    if why and not options.beyond_this_machine:
        raise SystemExit(f"labserver: {why}")
    if isinstance(runner, MasterRunner):
        sum_up(environment, Tally())


@events.test_start.add_listener
def begin(environment: Environment, **_: Any) -> None:
    """Read the accounts; on a worker this is when the master's options are known."""
    options = environment.parsed_options
    if options is None or isinstance(environment.runner, MasterRunner):
        return
    message = ready_message_in(options.ready)
    accounts = [(name, user["password"]) for name, user in message["users"].items()]
    job = Job(accounts, options.flow, [options.flow], message.get("ca"), message.get("lab_key"), at_once=True)
    prepare(environment, job)
    if isinstance(environment.runner, WorkerRunner):

        @environment.events.report_to_master.add_listener
        def report(client_id: str, data: dict[str, Any]) -> None:
            data["tally"], job.tally = job.tally.as_dict(), Tally()
    else:
        sum_up(environment, job.tally)


def sum_up(environment: Environment, tally: Tally) -> None:
    """Print, at the end, what the server said its answers took, from all workers."""

    @environment.events.worker_report.add_listener
    def collect(client_id: str, data: dict[str, Any]) -> None:
        if "tally" in data:
            tally.merge(data["tally"])

    @environment.events.quit.add_listener
    def print_sums(exit_code: int) -> None:
        for name, count in sorted(tally.requests.items()):
            spans = ", ".join(f"{span} {us:g} µs" for span, us in tally.medians(name).items())
            line = f"{name}: {count} answers, {tally.errors[name]} errors"
            print(f"{line}; the server's medians: {spans or 'not reported'}")


def ready_message_in(path: str) -> dict[str, Any]:
    """Read the line that `labserver serve --lab` printed. Raises SystemExit if it is not that."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            message: dict[str, Any] = json.loads(file.readline())
        return message | {"users": dict(message["users"]), "url": str(message["url"])}
    except (OSError, ValueError, KeyError, TypeError):
        logging.error("%s does not begin with the line of JSON that `labserver serve --lab` prints", path)
        raise SystemExit(2) from None
