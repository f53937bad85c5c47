"""The visitors that Locust runs: what each sends, and how its answers are counted."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from gevent.event import Event
from gevent.lock import Semaphore
from locust import FastHttpUser, constant, task
from locust.env import Environment
from locust.exception import StopTest

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
    """Opens the control API, and so the comparison: the same answer, without a check."""

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
        """Log in, one visitor after the other: each login costs the server a password hash.

        Raises StopTest, and says why in the job's `failed`.
        """
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
        """Read the same profile through the control API; from another server, what asks for nobody."""
        if self.job.lab_key:
            headers = {"X-Lab-Key": self.job.lab_key}
            self.client.get(f"/lab/control/{self.account[0]}", name="/lab/control", headers=headers)
        else:
            self.client.get("/healthz")

    def read_by_session(self) -> None:
        """Read the profile with the session of this visitor's login."""
        self.client.get("/session/me", headers=self.session)

    def read_by_token(self) -> None:
        """Read the profile with the access token of this visitor's login."""
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
        """Return the headers that a request of this session carries."""
        answer = self._log_in("/session/login")
        sid = next(cookie for cookie in self.client.cookiejar if cookie.name.endswith("sid"))
        self.client.cookiejar.clear()  # we send it by hand: a jar's look at each answer would be our cost
        return {"Cookie": f"{sid.name}={sid.value}", "X-CSRF-Token": answer["csrf_token"]}

    def log_in_by_token(self) -> tuple[dict[str, str], str]:
        """Return the headers of a request, and the refresh token."""
        answer = self._log_in("/token/login")
        return {"Authorization": f"Bearer {answer['access_token']}"}, answer["refresh_token"]

    def log_out_of_session(self, headers: dict[str, str]) -> None:
        """End the session that these headers carry."""
        self.client.post("/session/logout", headers=headers)

    def log_out_of_token(self, refresh_token: str) -> None:
        """End the refresh family; the access token is valid until it expires."""
        self.client.post("/token/logout", json={"refresh_token": refresh_token})

    def new_email(self) -> dict[str, str]:
        """Return the body of a change of address."""
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
        f"{host} ({others[0]}) is not this machine, and load that nobody asked for is an attack. If "
        "it is yours to load, say so: --beyond-this-machine, or beyond_this_machine=True."
    )
