"""Does a lookup get slower when there are a thousand times as many sessions?

    python -m benchmarks.growth                                  1e3, 1e5 and 1e6 sessions, three times
    python -m benchmarks.growth --sizes 1e3,1e7 --stores sqlite  ten million: 1.8 GB of disk, some minutes
    python -m benchmarks.growth --runs 1                         once

SQLite and Redis are really filled, with the rows that a login writes, and random ids looked up in turns over
the sizes. The goal: among 1e6 sessions at most 1.6 times the time that it takes among 1e3. How to read the
table: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import apsw

from labserver.kit.display.formatting import duration
from labserver.kit.failures import KitError
from labserver.kit.scaling import growth
from labserver.kit.scaling.growth import NAMES, SessionGrowth
from labserver.runtime import command

GOAL = 1.6
LATEST = Path(__file__).resolve().parent / "results" / "growth-latest.json"


def table(run: int, found: SessionGrowth) -> str:
    """Write what one run found, a line for each store and size."""
    lines = [f"run {run}     sessions   one lookup (middle half)        bytes each   against the fewest"]
    for each in sorted(found.filled, key=lambda each: (each.store, each.rows)):
        times = each.us / found[each.store, found.sizes[0]].us
        half = f"{duration(each.us)} ({duration(each.low)} to {duration(each.high)})"
        lines.append(
            f"{NAMES[each.store]:8} {each.rows:>10,}   {half:32} {each.bytes_each:>9,.0f}   {times:.2f} x"
        )
    return "\n".join([*lines, *found.missing.values()])


def verdict(runs: Sequence[SessionGrowth]) -> tuple[str, bool]:
    """Say for each store whether the goal is met in every run."""
    said, met = [], True
    for store in runs[0].stores:
        ratios = [found.ratio(store) for found in runs]
        good = max(ratios) <= GOAL
        met = met and good
        texts = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        said.append(f"{NAMES[store]}: {texts} x; goal at most {GOAL} x: {'met' if good else 'MISSED'}")
    fewest, most = runs[0].sizes[0], runs[0].sizes[-1]
    return "\n".join([f"A lookup among {most:,} sessions against {fewest:,}:", *said]), met


def keep(runs: Sequence[SessionGrowth]) -> None:
    """Keep the figures, and what they were made on, as JSON."""
    about = {
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }
    LATEST.parent.mkdir(exist_ok=True)
    figures = [[asdict(each) for each in found.filled] for found in runs]
    LATEST.write_text(json.dumps({"about": about, "runs": figures}, indent=2) + "\n", encoding="utf-8")


def sizes(text: str) -> list[int]:
    """Read numbers such as 1e3,1e6."""
    try:
        return [int(float(each)) for each in text.split(",")]
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"sizes look like 1e3,1e6, not {text!r}") from None


def main() -> int:
    """Run it; exit code 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=sizes, default="1e3,1e5,1e6", help="how many sessions (1e3,1e5,1e6)")
    parser.add_argument("--stores", default="sqlite,redis", help="sqlite, redis or both (sqlite,redis)")
    parser.add_argument("--runs", type=int, default=3, help="how often (3)")
    parser.add_argument("--blocks", type=int, default=400, help="blocks of 50 lookups for each size (400)")
    chosen = parser.parse_args()
    runs: list[SessionGrowth] = []
    try:
        for run in range(1, max(1, chosen.runs) + 1):
            runs.append(growth.sessions(*chosen.stores.split(","), sizes=chosen.sizes, blocks=chosen.blocks))
            print(table(run, runs[-1]), end="\n\n", flush=True)
    except KitError as error:
        print(f"{str(error)[:1].upper()}{str(error)[1:]}.", file=sys.stderr)
        return 2
    keep(runs)
    said, met = verdict(runs)
    print(said)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(command.run(main, "benchmarks.growth"))
