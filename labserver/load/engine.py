"""Run Locust for the kit: a job comes in on standard input, one line of JSON; what was counted goes out.

All flows with all numbers of visitors take turns in short slices, at random, so that whatever else this
machine does at that moment hits all of them alike. Ends when standard input closes.
"""

from __future__ import annotations

# isort: off
import locust  # noqa: F401 - first of all: it puts gevent's sockets and threads in place of Python's
# isort: on

import json
import logging
import os
import random
import sys
import time
from collections.abc import Mapping

import gevent
from locust.env import Environment
from locust.runners import LocalRunner

from labserver.formats.reports import LoadReport
from labserver.load.tally import Tally
from labserver.load.visitor import Job, LoginFailed, Visitor, elsewhere, prepare

WARM = 0.2
"""The first part of each slice, as a share of it, is not counted: visitors have to get into step."""

LOGIN_SECONDS = 60.0


def main() -> int:
    """Print a ready message, take the job, do it, and report after each slice. Returns the exit code."""
    logging.disable(logging.WARNING)  # Locust's advice; what goes wrong is counted and reported
    send({"ready": True})
    words = json.loads(sys.stdin.readline())
    gevent.get_hub().threadpool.spawn(end_with_stdin)
    why = None if words["beyond_this_machine"] else elsewhere(words["url"])
    if why:
        send({"error": {"code": "not_this_machine", "message": why}})
        return 0
    accounts = [tuple(pair) for pair in words["accounts"]]
    job = Job(accounts, "none", words["flows"], words["ca"], words["lab_key"])
    environment = Environment(user_classes=[Visitor], host=words["url"])
    prepare(environment, job)
    runner = environment.create_local_runner()
    try:
        gather(runner, job, max(words["steps"]))
        run(job, words["steps"], words["flows"], words["seconds"], words["rounds"])
    except LoginFailed as error:
        send({"error": {"code": "login_failed", "message": str(error)}})
    gevent.joinall([gevent.spawn(visitor.on_stop) for visitor in job.visitors], timeout=LOGIN_SECONDS)
    send({"done": True})
    return 0


def gather(runner: LocalRunner, job: Job, users: int) -> None:
    """Bring the number of visitors up to `users`, and wait until all are logged in. Raises LoginFailed."""
    runner.start(users, spawn_rate=100)
    with gevent.Timeout(LOGIN_SECONDS, LoginFailed(f"{users} logins took longer than {LOGIN_SECONDS:g} s")):
        while job.ready < users:
            if job.failed:
                raise LoginFailed(job.failed)
            gevent.sleep(0.01)


def run(job: Job, steps: list[int], flows: list[str], seconds: float, rounds: int) -> None:
    """Run each flow and number of visitors for `seconds`, in `rounds` slices; report the sums after each."""
    pairs = [(flow, users) for users in steps for flow in flows]
    tallies = {pair: Tally() for pair in pairs}
    spent, worked = dict.fromkeys(pairs, 0.0), dict.fromkeys(pairs, 0.0)
    rates: dict[tuple[str, int], list[float]] = {pair: [] for pair in pairs}
    for _ in range(rounds):
        for pair in random.sample(pairs, len(pairs)):
            took, cpu, tally = one_slice(job, *pair, seconds / rounds)
            spent[pair] += took
            worked[pair] += cpu
            rates[pair].append(tally.requests.total() / took)
            tallies[pair].merge(tally.as_dict())
            send(report(*pair, spent[pair], worked[pair], tallies[pair], rates[pair]))


def one_slice(job: Job, flow: str, users: int, seconds: float) -> tuple[float, float, Tally]:
    """Let `users` visitors act: returns the seconds counted, the CPU seconds of ours, and the tally."""
    job.flow = flow
    for visitor in job.visitors[:users]:
        visitor.may_act.set()
    gevent.sleep(seconds * WARM)
    tally = job.tally = Tally()
    began, cpu = time.perf_counter(), time.process_time()
    gevent.sleep(seconds)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    job.tally = Tally()  # what comes in from now on is not counted
    for visitor in job.visitors:
        visitor.may_act.clear()
    while job.busy:
        gevent.sleep(0.005)
    return took, cpu, tally


def report(flow: str, users: int, seconds: float, cpu: float, tally: Tally, rates: list[float]) -> LoadReport:
    """Sum up what a number of users of one flow got in `seconds`, for which Locust used `cpu` seconds."""
    return {
        "flow": flow,
        "users": users,
        "seconds": seconds,
        "requests": tally.requests.total(),
        "errors": tally.errors.total(),
        "wrong": tally.wrong,
        "spans": tally.medians(),
        "by_request": {
            name: {"requests": count, "errors": tally.errors[name], "spans": tally.medians(name)}
            for name, count in tally.requests.items()
        },
        "engine": cpu / seconds,
        "rates": rates,
    }


def send(what: Mapping[str, object]) -> None:
    """Print one line of JSON."""
    print(json.dumps(what), flush=True)


def end_with_stdin() -> None:
    """Wait, in a real thread, until the starter closes our standard input or is gone; then end."""
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    raise SystemExit(main())
