"""Can the measuring kit be believed? Differences that are known beforehand, found again on a real server.

    python -m benchmarks.measuring                 20 runs with 10 µs injected, 20 with nothing, and the
    delays python -m benchmarks.measuring --runs 100 --us 5 python -m benchmarks.measuring --busy 2
    beside this many programs that keep a processor busy

Two subjects send the same request; before each turn the control API makes the store answer later,
by `--us` for one and by nothing for the other. What `lab.measure` does with them must find that
difference within ten seconds, 19 times in 20, and must find none where none was injected, 19 times in 20.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import requests

from labserver.kit.display.progress import Live
from labserver.kit.lab import Lab
from labserver.kit.measurement.raw_connection import RawConnection, bytes_of
from labserver.kit.measurement.rounds import Sample, interleave
from labserver.kit.measurement.stats import Interval, difference
from labserver.runtime import command

SECONDS = 10.0
DELAYS = (0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
ROUNDS = 40
_SPIN = "import itertools\nfor _ in itertools.count(): pass"


class Bench:
    """A server, and turns whose store is late by a known time."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        browser = lab.client()
        browser.post("/session/login", json=lab.login("ada"))
        self._line = RawConnection(lab.url)
        self._read = bytes_of(browser.get("/session/me").request, self._line.host)
        self._key = {"X-Lab-Key": str(lab.server.ready["lab_key"])}

    def turn(self, us: int) -> Callable[[], Sample]:
        """Give a turn of a session check whose store answers so much later."""
        body = {"store": "slow", "us": us}
        request = requests.Request("POST", f"{self._lab.url}/lab/faults", self._key, json=body).prepare()
        late = bytes_of(request, self._line.host)

        def take() -> Sample:
            self._line.ask(late)
            reply = self._line.ask(self._read)
            return {"end": reply.us, **reply.spans}

        return take

    def compare(self, us: int, rng: random.Random, seconds: float) -> tuple[Interval, float, int]:
        """Measure `us` against nothing; gives the difference found, the seconds and the rounds it took."""
        turns = {"late": self.turn(us), "plain": self.turn(0)}
        for take in turns.values():
            for _ in range(20):
                take()
        rounds = interleave(turns, [("late", "plain")], span="auth", seconds=seconds, rng=rng)
        found = difference(rounds.of("late", "auth"), rounds.of("plain", "auth"))
        return found, rounds.seconds, len(rounds)

    def delays(self, rng: random.Random) -> Iterator[tuple[int, float, float]]:
        """Measure how much later the store really answers: the delay, the quickest answer and the median."""
        turns = {us: self.turn(us) for us in DELAYS}
        spans: dict[int, list[float]] = {us: [] for us in DELAYS}
        for _ in range(ROUNDS):
            for us in rng.sample(DELAYS, len(DELAYS)):
                spans[us].append(turns[us]()["store"])
        for us in DELAYS[1:]:
            yield us, min(spans[us]) - min(spans[0]), median(spans[us]) - median(spans[0])

    def close(self) -> None:
        self._line.close()


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep this many processors busy with nothing."""
    others = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(count)]  # noqa: S603 - our own
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def series(bench: Bench, us: int, runs: int, rng: random.Random, seconds: float) -> list[dict[str, Any]]:
    """Measure the same difference many times."""
    found = []
    with Live() as live:
        for number in range(runs):
            live.show(number / runs, f"{us} µs, run {number + 1} of {runs}")
            (middle, low, high), took, rounds = bench.compare(us, rng, seconds)
            found.append({"us": middle, "low": low, "high": high, "seconds": took, "rounds": rounds})
    return found


def summary(us: int, runs: Sequence[dict[str, Any]]) -> str:
    """Say what a series has found."""
    seen = sum(run["low"] > 0 or run["high"] < 0 for run in runs)
    right = sum(run["low"] <= us <= run["high"] for run in runs)
    half = median((run["high"] - run["low"]) / 2 for run in runs)
    seconds = sorted(run["seconds"] for run in runs)
    least, most = (pick(run["us"] for run in runs) for pick in (min, max))
    return (
        f"{us:>3} µs injected: a difference seen in {seen} of {len(runs)} runs; "
        f"found {least:.1f} to {most:.1f} µs, ± {half:.1f} as a rule; "
        f"the interval holds {us} in {right}; {seconds[len(runs) // 2]:.1f} s, at most {seconds[-1]:.1f}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.measuring",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, default=20, metavar="N")
    parser.add_argument("--us", type=int, default=10, metavar="N", help="what is injected (10)")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, metavar="S", help="the most for one run (10)"
    )
    parser.add_argument(
        "--busy", type=int, default=0, metavar="N", help="programs that keep a processor busy"
    )
    parser.add_argument("--seed", type=int, help="for the order of the turns")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every run there")
    options = parser.parse_args(argv)
    rng = random.Random(options.seed)  # noqa: S311 - an order, not a secret
    kept: dict[str, Any] = {}
    with busy(options.busy), Lab.start() as lab:
        bench = Bench(lab)
        try:
            print("the store later by: asked, the quickest of 40, their median (µs)")
            kept["delays"] = list(bench.delays(rng))
            for us, least, middle in kept["delays"]:
                mark = "" if abs(least - us) <= max(20, 0.05 * us) else "   MORE THAN 20 µs AND 5 % OFF"
                print(f"{us:>24} {least:>12.1f} {middle:>9.1f}{mark}")
            for us in (options.us, 0):
                kept[str(us)] = series(bench, us, options.runs, rng, options.seconds)
                print(summary(us, kept[str(us)]))
        finally:
            bench.close()
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(command.run(main, "benchmarks.measuring"))
