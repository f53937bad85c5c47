"""`labserver attack`: the battery on the command line."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Sequence
from typing import Any

from labserver.kit.attacks import ATTACKS, Attack, Target, TargetUnfit, battery
from labserver.kit.failures import KitError
from labserver.kit.processes.ready_message import read_ready_message

KEY_VARIABLE = "LABSERVER_LAB_KEY"


def run(
    url: str | None,
    *,
    hello: str | None,
    victim: str,
    attacker: str,
    ca: str | None,
    names: Sequence[str],
) -> int:
    """Attack and print the table. Gives 0: nothing got in; 1: something did; 2: it could not be tried."""
    try:
        chosen = _choose(names)
        told = (
            _ask((victim, attacker))
            if hello is None and sys.stdin.isatty()
            else read_ready_message(hello or "-")
        )
        given = {"url": url, "ca": ca, "lab_key": os.environ.get(KEY_VARIABLE)}
        told |= {name: value for name, value in given.items() if value}
        report = battery(Target.from_hello(told, victim, attacker), chosen, _progress)
    except KitError as error:
        print(f"labserver: {str(error)[:1].upper()}{str(error)[1:]}", file=sys.stderr)
        return 2
    finally:
        _progress(0, 0, "")
    print(report)
    return 1 if report.got_in else 0


def listing() -> str:
    """List the attacks: what each tries, and which weakness lets it in."""
    return "\n".join(
        f"{one.name}: {one.about} ({one.standard}; {one.weakness or 'no weakness lets it in'})"
        for one in ATTACKS
    )


def _choose(names: Sequence[str]) -> Sequence[Attack]:
    known = {one.name: one for one in ATTACKS}
    for name in names:
        if name not in known:
            raise TargetUnfit(
                f"There is no attack {name!r}; `labserver attack --list` tells which there are."
            )
    return [known[name] for name in names] or ATTACKS


def _ask(names: Sequence[str]) -> dict[str, Any]:
    try:
        return {"users": {name: {"password": getpass.getpass(f"Password of {name}: ")} for name in names}}
    except (EOFError, KeyboardInterrupt):
        raise TargetUnfit("No password, no attack.") from None


def _progress(done: int, total: int, name: str) -> None:
    """Show on a terminal which attack runs now; nothing elsewhere."""
    if sys.stderr.isatty():
        print(
            f"\r\033[K{f'{done + 1}/{total} {name} …' if total else ''}", end="", file=sys.stderr, flush=True
        )
