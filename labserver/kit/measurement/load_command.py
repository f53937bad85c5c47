"""`labserver load`: throughput on the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from labserver.kit.failures import KitError
from labserver.kit.measurement.load import load
from labserver.kit.processes.ready_message import read_ready_message


def run(
    url: str | None,
    *,
    hello: str,
    flows: Sequence[str],
    users: Sequence[int],
    seconds: float,
    ca: str | None,
    as_json: bool,
    beyond_this_machine: bool,
) -> int:
    """Load a server and print what it carried. Gives 0; 1 if anything was answered wrongly; 2 if not run."""
    try:
        told = read_ready_message(hello)
        accounts = [(name, str(user["password"])) for name, user in dict(told["users"]).items()]

        def enough(count: int) -> list[tuple[str, str]]:
            if len(accounts) < count and any(flow.endswith("mixed") for flow in flows):
                raise KitError(
                    f"{len(accounts)} accounts are too few for so many to log in at once: it takes {count}. "
                    "Ask for fewer --users, or make accounts and add them to the line of JSON."
                )
            return accounts

        found = load(
            url or str(told["url"]),
            enough,
            flows,
            users,
            seconds,
            ca=ca or told.get("ca"),
            lab_key=told.get("lab_key"),
            beyond_this_machine=beyond_this_machine,
        )
    except (KeyError, TypeError, ValueError):
        print("labserver: The line of JSON lacks the address or the users' passwords.", file=sys.stderr)
        return 2
    except KitError as error:
        print(f"labserver: {str(error)[:1].upper()}{str(error)[1:]}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps([asdict(point) | {"rate": point.rate} for point in found.points], indent=2))
    else:
        print(found)
    return 1 if found.errors else 0
