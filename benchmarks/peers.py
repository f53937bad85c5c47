"""What a check costs: ours against the peers', all in one run.

    python -m benchmarks.peers                  a minute; prints the table, keeps results/latest.json
    python -m benchmarks.peers --runs 3 --publish    three times, into the documentation
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
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import apsw

from benchmarks.floors import floors, recording
from benchmarks.interleave import Times, bar, interleave, ratio
from benchmarks.report import AGAIN, CONTROL, GOALS, ME_OFF, Goal, plot, table
from labserver.kit.failures import StartFailed
from labserver.kit.lab import Lab
from labserver.kit.measurement.stats import Interval, interval_of_median
from labserver.kit.processes.child import Child
from labserver.runtime import command

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.lock"
PEERS = Path(sys.prefix) / "peers"
LATEST, PUBLISHED = HERE / "results" / "latest.json", HERE / "results" / "published.json"
README, PICTURE = HERE / "README.md", HERE.parent / "docs" / "images" / "peers.svg"
BEGIN, END = "<!-- figures -->\n```text\n", "\n```\n<!-- end of figures -->"
PACKAGES = [
    *("flask", "werkzeug", "pyjwt", "cryptography", "redis"),
    *("flask-session", "cachelib", "flask-sqlalchemy", "sqlalchemy", "flask-login"),
    *("flask-jwt-extended", "joserfc", "authlib"),
]
MAKINGS, STARTS = 6, 9
"""Each one is made again this often: where an app lies in memory moves its requests by some 3 us."""


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


def run(redis_url: str | None, seconds: float, only: str, choose: random.Random) -> dict[str, Any]:
    """Measure everything once; gives what is kept as JSON."""
    from benchmarks.subjects import subjects  # needs the peers

    times = Times()
    for making in range(MAKINGS):
        with tempfile.TemporaryDirectory(prefix="peers-", ignore_cleanup_errors=True) as folder:
            home = Path(folder)
            everybody = [one for one in subjects(home, redis_url) if only in one.name or one.family == "none"]
            calls: dict[str, Callable[[], object]] = {one.name: one.ask for one in everybody}
            with floors(home, redis_url) as at_least:
                gc.collect()
                gc.freeze()  # else each app pays for walking through all the others
                note = f"making {making + 1} of {MAKINGS}, "
                interleave(calls | at_least, seconds / MAKINGS, choose, times, making * 10_000, note)
                gc.unfreeze()
            recorded = recording(calls[ME_OFF]) if ME_OFF in calls else None
    return {
        "requests": [
            {
                "name": one.name,
                "family": one.family,
                "ours": one.ours,
                "whole": middle(times.cpu[one.name]),
                "added": middle(times.added(one.name, CONTROL)),
                "wall": middle(times.wall[one.name]),
            }
            for one in everybody
        ],
        "floors": {
            name: {
                "cpu": median(times.cpu[name].values()),
                "wall": median(times.wall[name].values()),
            }
            for name in at_least
        },
        "ratios": [
            asdict(goal) | {"ratio": reached(goal, times, choose)._asdict()}
            for goal in GOALS
            if {goal.ours, goal.theirs} <= calls.keys()
        ],
        "control": ratio(times.cpu[AGAIN], times.cpu[CONTROL], choose)._asdict(),
        "recording_us": recorded,
        "rounds": len(times.cpu[CONTROL]),
    }


def middle(of: dict[int, float]) -> dict[str, float]:
    """Give the median over the rounds, and its 95 % interval."""
    return interval_of_median(list(of.values()))._asdict()


def reached(goal: Goal, times: Times, choose: random.Random) -> Interval:
    if goal.added:
        return ratio(times.added(goal.ours, CONTROL), times.added(goal.theirs, CONTROL), choose)
    return ratio(times.cpu[goal.ours], times.cpu[goal.theirs], choose)


def starts() -> dict[str, Any]:
    """Start the lab's server a few times; gives the seconds until it has answered, and its CPU time."""
    seconds, before = [], os.times()
    for turn in range(STARTS):
        bar(turn, STARTS, "Lab.start()")
        began = time.perf_counter()
        with Lab.start():
            seconds.append(time.perf_counter() - began)
    bar(1, 1, "Lab.start()")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall": interval_of_median(seconds)._asdict(), "cpu": used / STARTS}


def machine() -> dict[str, Any]:
    """Say where and with what this was measured, without naming anybody's computer."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": apsw.sqlite_lib_version(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else "unknown",
        "packages": {name: version(name) for name in PACKAGES},
    }


def publish(found: dict[str, Any]) -> None:
    """Put figures, table and plot where the documentation shows them."""
    PUBLISHED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}{table(found)}{END}{after}", encoding="utf-8", newline="\n")
    PICTURE.write_text(plot(found).svg + "\n", encoding="utf-8", newline="\n")


def main() -> int:
    """Run what was asked for, and tell what was found."""
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=first,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=60, help="how long one run takes (60)")
    parser.add_argument("--runs", type=int, default=1, help="how many runs (1)")
    parser.add_argument("--only", default="", metavar="WORD", help="subjects whose names contain this word")
    parser.add_argument("--publish", action="store_true", help="put the figures into the documentation")
    parser.add_argument("--seed", type=int, default=1, help="of the order (1)")
    chosen = parser.parse_args()
    install_peers()
    about = machine()
    redis_server = None
    try:
        redis_server = Child("Redis", "labserver.runtime.redis_server")
        redis_url = redis_server.ready["url"]
    except StartFailed as error:
        print(f"Without Redis: {error}", file=sys.stderr)
        redis_url = None
    choose = random.Random(chosen.seed)  # noqa: S311 - an order, not a secret
    runs = [run(redis_url, chosen.seconds, chosen.only, choose) for _ in range(chosen.runs)]
    if redis_server:
        redis_server.stop()
    found = {"machine": about, "start": None if chosen.only else starts(), "runs": runs}
    print(table(found))
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\nKept in {LATEST.relative_to(HERE.parent)}.")
    if chosen.publish:
        publish(found)
    return 0


if __name__ == "__main__":
    sys.exit(command.run(main, "benchmarks.peers"))
