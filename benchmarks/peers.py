"""What a check costs: ours against the peers', all in one run.

    python -m benchmarks.peers                  a minute; prints the table, keeps results/latest.json
    python -m benchmarks.peers --runs 3         three times, as the published figures were made
    python -m benchmarks.peers --only session   just those whose names contain a word

A figure is the process CPU time that a check adds to a request over the same app without one. How to read
the table, and what the peers do more than we: benchmarks/README.md. The peers are installed on first use,
into a folder of their own, in the versions of benchmarks/requirements.lock.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import platform
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.floors import floors, recording
from benchmarks.interleave import Interval, Times, bar, interleave, middle, ratio
from labserver import Lab
from labserver.kit import StartFailed
from labserver.kit.process import Child

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.lock"
PEERS = Path(sys.prefix) / "peers"
LATEST = HERE / "results" / "latest.json"
PACKAGES = [
    *("flask", "werkzeug", "pyjwt", "cryptography", "redis"),
    *("flask-session", "cachelib", "flask-sqlalchemy", "sqlalchemy", "flask-login"),
    *("flask-jwt-extended", "joserfc", "authlib"),
]
CONTROL, AGAIN = "no check", "no check, again"
WHOLE_ON, WHOLE_OFF = "all of /session/me, lab mode", "all of /session/me, lab mode off"
STARTS = 9


@dataclass(frozen=True)
class Goal:
    """A ratio to reach. `added`: of what the checks add; else of the whole requests."""

    ours: str
    theirs: str
    most: float
    added: bool = True


GOALS = (
    Goal("session, SQLite", "Flask's signed cookie", 0.5),
    Goal("session, SQLite", "Flask-Login", 0.2),
    Goal("session, SQLite", "Flask-Session, files, read-only", 0.6),
    Goal("session, SQLite", "Flask-Session, SQLAlchemy, read-only", 0.06),
    Goal("session, SQLite", "Flask-Session, SQLAlchemy, as shipped", 0.02),
    Goal("session, Redis", "Flask-Session, Redis, read-only", 0.9),
    Goal("session, Redis", "Flask-Session, Redis, as shipped", 0.5),
    Goal("token, HS256", "Flask-JWT-Extended", 0.35),
    Goal("token, HS256", "PyJWT, jwt.decode", 1.1),
    Goal(WHOLE_OFF, CONTROL, 1.5, added=False),
    Goal(WHOLE_ON, CONTROL, 1.5, added=False),
)
CONTROL_WITHIN = 0.02
START_SECONDS = 1.0
RECORDING_US = 1.0


def install_peers() -> None:
    """Install the peers, unless this very lock is installed already, and let them be imported."""
    mark, wanted = PEERS / "installed", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        print("Installing the peers ...", file=sys.stderr)
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
        command += ["--require-hashes", "--requirement", str(LOCK), "--target", str(PEERS)]
        subprocess.run(command, check=True)  # noqa: S603 - our own lock
        mark.write_text(wanted, encoding="utf-8")
    sys.path.append(str(PEERS))  # the last place to look: what the lab has of its own stays what is measured


def run(home: Path, redis_url: str | None, seconds: float, only: str, seed: int) -> dict[str, Any]:
    """Measure everything once; gives what is kept as JSON."""
    from benchmarks.contenders import contenders  # needs the peers

    choose = random.Random(seed)  # noqa: S311 - an order, not a secret
    everybody = [one for one in contenders(home, redis_url) if only in one.name or one.family == "none"]
    calls: dict[str, Callable[[], object]] = {one.name: one.ask for one in everybody}
    with floors(home, redis_url) as at_least:
        gc.collect()
        gc.freeze()  # else each of so many apps pays for walking through all the others
        times = interleave(calls | at_least, seconds, choose)
        gc.unfreeze()
    return {
        "requests": [
            {
                "name": one.name,
                "family": one.family,
                "ours": one.ours,
                "whole": asdict(middle(times.cpu[one.name].values())),
                "added": asdict(middle(times.added(one.name, CONTROL).values())),
                "wall": asdict(middle(times.wall[one.name].values())),
            }
            for one in everybody
        ],
        "floors": {
            name: {
                "cpu": middle(times.cpu[name].values()).middle,
                "wall": middle(times.wall[name].values()).middle,
            }
            for name in at_least
        },
        "ratios": [
            asdict(goal) | {"ratio": asdict(reached(goal, times, choose))}
            for goal in GOALS
            if {goal.ours, goal.theirs} <= calls.keys()
        ],
        "control": asdict(ratio(times.cpu[AGAIN], times.cpu[CONTROL], choose)),
        "recording_us": recording(calls[WHOLE_OFF]) if WHOLE_OFF in calls else None,
        "rounds": len(times.cpu[CONTROL]),
    }


def reached(goal: Goal, times: Times, choose: random.Random) -> Interval:
    if goal.added:
        return ratio(times.added(goal.ours, CONTROL), times.added(goal.theirs, CONTROL), choose)
    return ratio(times.cpu[goal.ours], times.cpu[goal.theirs], choose)


def starts() -> Interval:
    """Start the lab's server a few times; gives the seconds until it has answered."""
    seconds = []
    for turn in range(STARTS):
        bar(turn, STARTS, "Lab.start()")
        began = time.perf_counter()
        with Lab.start():
            seconds.append(time.perf_counter() - began)
    bar(1, 1, "Lab.start()")
    return middle(seconds)


def machine() -> dict[str, Any]:
    """Say where and with what this was measured, without naming anybody's computer."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in PACKAGES},
    }


def table(runs: list[dict[str, Any]], start: Interval | None) -> str:
    """Write what was found: what each adds (the last run), then each goal with every run's ratio."""
    last = runs[-1]
    lines = ["", f"{'':40}{'added CPU, us (95 % interval)':>32}{'whole CPU':>12}{'whole wall':>12}"]
    for one in sorted(last["requests"], key=lambda one: float(one["whole"]["middle"])):
        mark = "*" if one["ours"] else " "
        added, cpu, wall = Interval(**one["added"]), one["whole"]["middle"], one["wall"]["middle"]
        lines.append(f"{mark} {one['name']:38}{added!s:>32}{cpu:12.0f}{wall:12.0f}")
    lines.append("* ours")
    lines += ["", "Not even in theory for less:"]
    for name, floor in last["floors"].items():
        lines.append(f"  {name:38}{floor['cpu']:20.2f}{floor['wall']:36.1f}")
    lines += ["", f"{'goal':76}{'at most':>8}  reached"]
    for goals in zip(*(one["ratios"] for one in runs), strict=True):
        goal = goals[0]
        what = f"{goal['ours']} / {goal['theirs']}" + ("" if goal["added"] else " (whole)")
        values = [one["ratio"]["middle"] for one in goals]
        lines.append(line(what, f"{goal['most']:g} x", values, goal["most"]))
    away = [abs(one["control"]["middle"] - 1) for one in runs]
    lines.append(line("no check / no check, again (whole), away from 1", "0.02", away, CONTROL_WITHIN))
    costs = [one["recording_us"] for one in runs if one["recording_us"] is not None]
    if costs:
        lines.append(line("recording with lab mode off, us a request", "1", costs, RECORDING_US))
    if start:
        lines.append(line("Lab.start() until the server has answered, s", "1", [start.middle], START_SECONDS))
    return "\n".join(lines)


def line(what: str, most: str, values: list[float], limit: float) -> str:
    good = all(value <= limit for value in values)
    figures = "  ".join(f"{value:.3f}" for value in values)
    return f"{what:76}{most:>8}  {figures}  {'met' if good else 'NOT MET'}"


def main() -> int:
    """Run what was asked for; exit code 1 if a goal is not met."""
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=first,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=45, help="how long one run takes (45)")
    parser.add_argument("--runs", type=int, default=1, help="how many runs (1)")
    parser.add_argument("--only", default="", metavar="WORD", help="contenders whose names contain this word")
    parser.add_argument("--json", type=Path, default=LATEST, metavar="FILE", help="where to keep the figures")
    parser.add_argument("--seed", type=int, default=1, help="of the order (1)")
    chosen = parser.parse_args()
    install_peers()
    redis_server = None
    try:
        redis_server = Child("Redis", "labserver.redisserver")
        redis_url = redis_server.hello["url"]
    except StartFailed as error:
        print(f"Without Redis: {error}", file=sys.stderr)
        redis_url = None
    runs = []
    for turn in range(chosen.runs):
        with tempfile.TemporaryDirectory(prefix="peers-", ignore_cleanup_errors=True) as folder:
            runs.append(run(Path(folder), redis_url, chosen.seconds, chosen.only, chosen.seed + turn))
    if redis_server:
        redis_server.stop()
    start = None if chosen.only else starts()
    print(table(runs, start))
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    found = {"machine": machine(), "start_seconds": start and asdict(start), "runs": runs}
    chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\nKept in {chosen.json}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
