"""The lab's visitors, for Locust: from `lab.load(...)`, from `labserver load`, or with Locust's own commands.

    labserver serve --lab > hello.json                                  a server, and its demo users
    locust -f labserver/load/locustfile.py --hello hello.json --flow session --users 8 --spawn-rate 8 \
           --run-time 10s --headless --master --master-bind-host 127.0.0.1 --expect-workers 2    one master
    locust -f labserver/load/locustfile.py --worker                                              two workers

Locust's own table gives whole milliseconds as a client sees them; the last line that is printed here gives
what the server says it took (`Server-Timing`).
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gevent.event import Event
from gevent.lock import Semaphore
from locust import FastHttpUser, constant, events, task
from locust.env import Environment
from locust.exception import StopTest
from locust.runners import MasterRunner, WorkerRunner

from labserver.load.tally import Tally

READS = 5
"""How often a visitor of a mixed flow reads between login and logout."""

PATIENCE = 20.0
"""How many seconds a visitor waits for an answer."""


class LoginFailed(Exception):
    """A visitor could not log in; says why."""


@dataclass
class Job:
    """What the visitors of this process do, and how it goes."""

    accounts: Sequence[tuple[str, str]]
    flow: str
    flows: Sequence[str]
    ca: str | None = None
    lab_key: str | None = None
    """Opens the lab desk, and so its control: the same answer, without a check."""

    at_once: bool = False
    """Whether visitors act as soon as they are logged in; else each waits for its `may_act`."""

    ready: int = 0
    busy: int = 0
    failed: str | None = None
    tally: Tally = field(default_factory=Tally)
    visitors: list[Visitor] = field(default_factory=list)
    one_login: Semaphore = field(default_factory=Semaphore)


class Visitor(FastHttpUser):
    """One client with connections and credentials of its own. Logs in once, but in a mixed flow each time."""

    wait_time = constant(0)
    network_timeout = connection_timeout = PATIENCE
    insecure = False
    job: Job

    def on_start(self) -> None:
        """Log in, one visitor after the other: each login costs the server a password hash."""
        job = self.job
        self.may_act = Event()
        """While it is not set, the visitor waits between two of its doings."""

        self.account = job.accounts[len(job.visitors) % len(job.accounts)]
        job.visitors.append(self)
        self.session: dict[str, str] = {}
        self.bearer: dict[str, str] = {}
        self.refresh_token = ""
        try:
            with job.one_login:
                if "session" in job.flows:
                    self.session = self.log_in_by_session()
                if "token" in job.flows:
                    self.bearer, self.refresh_token = self.log_in_by_token()
            job.ready += 1
            if job.at_once:
                self.may_act.set()
        except LoginFailed as error:
            job.failed = str(error)
            raise StopTest from None

    def on_stop(self) -> None:
        """Log out of what is still open, so that nothing of this visitor is left in the store."""
        if self.session:
            self.log_out_of_session(self.session)
        if self.refresh_token:
            self.log_out_of_token(self.refresh_token)
        self.session, self.refresh_token = {}, ""

    @task
    def act(self) -> None:
        """Do once what the flow of the moment is."""
        self.may_act.wait()
        self.job.busy += 1
        try:
            FLOWS[self.job.flow](self)
        except LoginFailed:
            pass  # counted as an error; the visit is over
        finally:
            self.job.busy -= 1

    def read_without_check(self) -> None:
        """Read the same profile from the lab desk's control; from another server, what asks for nobody."""
        if self.job.lab_key:
            headers = {"X-Lab-Key": self.job.lab_key}
            self.client.get(f"/lab/control/{self.account[0]}", name="/lab/control", headers=headers)
        else:
            self.client.get("/healthz")

    def read_by_session(self) -> None:
        self.client.get("/session/me", headers=self.session)

    def read_by_token(self) -> None:
        self.client.get("/token/me", headers=self.bearer)

    def visit_by_session(self) -> None:
        """Log in, read, change, log out."""
        headers = self.log_in_by_session()
        for _ in range(READS):
            self.client.get("/session/me", headers=headers)
        self.client.post("/session/email", json=self.new_email(), headers=headers)
        self.log_out_of_session(headers)

    def visit_by_token(self) -> None:
        """The same with a token."""
        headers, refresh_token = self.log_in_by_token()
        for _ in range(READS):
            self.client.get("/token/me", headers=headers)
        self.client.post("/token/email", json=self.new_email(), headers=headers)
        self.log_out_of_token(refresh_token)

    def log_in_by_session(self) -> dict[str, str]:
        """Give the headers that a request of this session carries."""
        answer = self._log_in("/session/login")
        sid = next(cookie for cookie in self.client.cookiejar if cookie.name.endswith("sid"))
        self.client.cookiejar.clear()  # we send it by hand: a jar's look at each answer would be our cost
        return {"Cookie": f"{sid.name}={sid.value}", "X-CSRF-Token": answer["csrf_token"]}

    def log_in_by_token(self) -> tuple[dict[str, str], str]:
        """Give the headers of a request, and the refresh token."""
        answer = self._log_in("/token/login")
        return {"Authorization": f"Bearer {answer['access_token']}"}, answer["refresh_token"]

    def log_out_of_session(self, headers: dict[str, str]) -> None:
        self.client.post("/session/logout", headers=headers)

    def log_out_of_token(self, refresh_token: str) -> None:
        self.client.post("/token/logout", json={"refresh_token": refresh_token})

    def new_email(self) -> dict[str, str]:
        return {"email": f"{self.account[0]}@example.org"}

    def _log_in(self, path: str) -> dict[str, Any]:
        name, password = self.account
        answer = self.client.post(path, json={"username": name, "password": password})
        if answer.status_code != 200:
            raise LoginFailed(f"{name} cannot log in: {problem_of(answer)}")
        found: dict[str, Any] = answer.json()
        return found


FLOWS: dict[str, Callable[[Visitor], None]] = {
    "none": Visitor.read_without_check,
    "session": Visitor.read_by_session,
    "token": Visitor.read_by_token,
    "session-mixed": Visitor.visit_by_session,
    "token-mixed": Visitor.visit_by_token,
}


def problem_of(answer: Any) -> str:
    """Say what an answer complains about."""
    try:
        return f"{answer.status_code} {answer.json()['code']}"
    except Exception:
        return str(answer.error or answer.status_code)


def prepare(environment: Environment, job: Job) -> None:
    """Let the visitors of this process do this job, and tally their answers."""
    Visitor.job = job
    if job.ca:
        Visitor.ssl_context_factory = staticmethod(lambda: ssl.create_default_context(cafile=job.ca))

    def record(request_type: str, name: str, response: Any, exception: Any = None, **_: Any) -> None:
        timing = response.headers.get("server-timing") if response.headers else None
        error = None if exception is None else problem_of(response)
        job.tally.add(f"{request_type} {name}", error, timing)

    environment.events.request.add_listener(record)


def elsewhere(url: str) -> str | None:
    """Say why a host is not to be loaded; None if all its addresses are this machine's own (loopback)."""
    host = urlsplit(url).hostname or ""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return f"{host or url} has no address."
    others = sorted(each for each in found if not ipaddress.ip_address(each.partition("%")[0]).is_loopback)
    if not others:
        return None
    return (
        f"{host} ({others[0]}) is not this machine, and load is an attack on whoever did not ask for it. If "
        "it is yours to load, say so: --beyond-this-machine, or beyond_this_machine=True."
    )


# What follows is for Locust's own commands.


@events.init_command_line_parser.add_listener
def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--hello", metavar="FILE", help="the first line of `labserver serve --lab`: address and accounts")
    add("--flow", default="session", choices=sorted(FLOWS), help="what the visitors do (default: session)")
    add("--beyond-this-machine", action="store_true", help="allow a host that is not this machine")


@events.init.add_listener
def refuse_other_machines(environment: Environment, runner: Any, **_: Any) -> None:
    """End before anything is sent if the target is not ours. Workers get their target from the master."""
    options = environment.parsed_options
    if options is None or isinstance(runner, WorkerRunner):
        return
    if not options.hello:
        raise SystemExit("labserver: Say who logs in: --hello FILE, what `labserver serve --lab` printed.")
    environment.host = environment.host or hello_of(options.hello)["url"]
    why = elsewhere(str(environment.host))
    if why and not options.beyond_this_machine:
        raise SystemExit(f"labserver: {why}")
    if isinstance(runner, MasterRunner):
        sum_up(environment, Tally())


@events.test_start.add_listener
def begin(environment: Environment, **_: Any) -> None:
    """Get the accounts; on a worker this is when the master's options are known."""
    options = environment.parsed_options
    if options is None or isinstance(environment.runner, MasterRunner):
        return
    hello = hello_of(options.hello)
    accounts = [(name, user["password"]) for name, user in hello["users"].items()]
    job = Job(accounts, options.flow, [options.flow], hello.get("ca"), hello.get("lab_key"), at_once=True)
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
    def tell(exit_code: int) -> None:
        for name, count in sorted(tally.requests.items()):
            spans = ", ".join(f"{span} {us:g} µs" for span, us in tally.medians(name).items())
            told = f"{name}: {count} answers, {tally.errors[name]} errors"
            print(f"{told}; the server's medians: {spans or 'not told'}")


def hello_of(path: str) -> dict[str, Any]:
    """Read the line that `labserver serve --lab` printed."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            hello: dict[str, Any] = json.loads(file.readline())
        return hello | {"users": dict(hello["users"]), "url": str(hello["url"])}
    except (OSError, ValueError, KeyError, TypeError):
        logging.error("%s does not begin with the line of JSON that `labserver serve --lab` prints", path)
        raise SystemExit(2) from None
