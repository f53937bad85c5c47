"""A crowd: people who log in once and come back again and again, each time over a new connection.

crowd = Crowd(lab, "session", people=4)
crowd.ask(times=12)     # 1 of 4 people are still in; 23 of 48 requests were lost
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

import requests

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.stopped import STEP, Task, heed, keep

WHO = "ada"
"""Everybody logs in as the same user, each with their own session or token."""

AT_ONCE = 4
"""Requests at the same time."""
NEW = {"Connection": "close"}
"""A connection that is kept would meet the same worker every time."""

PATIENCE = 20
"""Rounds until all workers must have answered somebody."""
Answer = requests.Response | None
Round = list[Answer]
"""One answer for each person."""


class CrowdMember:
    """Somebody with their own session id or access token, and a client that keeps no connection.

    Raises KitError for a flow that is neither `session` nor `token`.
    """

    def __init__(self, lab: Lab, flow: str) -> None:
        if flow not in ("session", "token"):
            raise KitError(f"people use 'session' or 'token', not {flow!r}")
        self.lab, self.flow, self.known, self.client = lab, flow, False, lab.client("somebody")
        self.client.headers.update(NEW)
        self.log_in()

    def log_in(self) -> None:
        """Log in, unless the last request was recognised. Raises KitError if the login is refused."""
        if self.known:
            return
        answer = self.client.post(f"/{self.flow}/login", json=self.lab.login(WHO))
        if not answer.ok:
            raise KitError(f"a login was answered {answer.status_code}: {answer.text}")
        if self.flow == "token":
            self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.known = True

    def ask(self, at: Lab | None = None) -> Answer:
        """Come back, to the same server or to another one. None where nobody answers."""
        answer = None
        with suppress(requests.ConnectionError):
            answer = self.client.get(f"{at.url if at else ''}/{self.flow}/me")
        self.known = answer is not None and answer.ok
        return answer


class Asked:
    """How a crowd was answered, person by person; None where nobody answered."""

    def __init__(self, answers: Iterable[tuple[Answer, ...]]) -> None:
        self.answers = list(answers)

    @property
    def every(self) -> list[Answer]:
        """All answers."""
        return [answer for mine in self.answers for answer in mine]

    @property
    def survivors(self) -> int:
        """How many people were recognised every time."""
        return sum(all(map(_good, mine)) for mine in self.answers)

    @property
    def lost(self) -> float:
        """The share of requests in which the person was not recognised."""
        return 1 - sum(map(_good, self.every)) / len(self.every)

    def __str__(self) -> str:
        refusals = {answer.status_code if answer is not None else 0 for answer in self.every} - {200}
        statuses = [str(status or "no answer") for status in sorted(refusals)]
        return ", ".join([f"{self.survivors} of {len(self.answers)}", *statuses])

    def __repr__(self) -> str:
        every = len(self.every)
        return (
            f"{self.survivors} of {len(self.answers)} people are still in; "
            f"{round(self.lost * every)} of {every} requests were lost"
        )


class Crowd:
    """People, each logged in at this lab with the same flow."""

    def __init__(self, lab: Lab, flow: str, people: int = 4) -> None:
        self.lab, self.flow = lab, flow
        self.people = [CrowdMember(lab, flow) for _ in range(people)]

    def log_in(self) -> None:
        """Let those who were lost log in again."""
        for person in self.people:
            person.log_in()

    def ask(self, times: int = 1, at: Lab | None = None) -> Asked:
        """Let everybody come back `times` times, to the same server or to another one.

        Raises Stopped, with the rounds that were through, if it is interrupted.
        """
        rounds: list[Round] = []
        with keep(lambda: (f"{len(rounds)} of {times} rounds", _asked(rounds) if rounds else None)):
            for _ in range(times):
                rounds.append(self._round(at))
        return _asked(rounds)

    def meet(self, workers: int, times: int = 12) -> Asked:
        """Let everybody come back `times` times, and on, until all these workers have answered somebody.

        The system hands out connections as it likes: without looking, all may have gone to one worker.
        Raises KitError if one has not answered after PATIENCE tries; for an interrupt see `ask`.
        """
        met: set[int] = set()
        rounds: list[Round] = []
        with keep(lambda: (f"{len(rounds)} rounds", _asked(rounds) if rounds else None)):
            while len(met) < workers and len(rounds) < PATIENCE * times:
                for _ in range(times):
                    rounds.append(self._round())
                latest = _asked(rounds[-times:]).every
                met |= {self.lab.trace(answer)["worker"] for answer in latest if answer is not None}
        if len(met) < workers:
            raise KitError(f"only {len(met)} of {workers} workers have answered: is the machine very busy?")
        return _asked(rounds)

    def _round(self, at: Lab | None = None) -> Round:
        """Let everybody come back once, some of them at a time. Raises what a request raises."""
        answers: dict[int, Answer] = {}
        left: SimpleQueue[tuple[int, CrowdMember]] = SimpleQueue()
        for each in enumerate(self.people):
            left.put(each)

        def come_back() -> None:
            with suppress(Empty):
                while True:
                    heed()
                    number, person = left.get_nowait()
                    answers[number] = person.ask(at)

        tasks = [Task(come_back) for _ in range(AT_ONCE)]
        try:
            for task in tasks:
                task.start()
            for task in tasks:
                while not task.wait(STEP):
                    heed()  # a drill asks in a task of its own
        finally:
            for task in tasks:
                task.end()  # an interrupt waits for no request
        for task in tasks:
            if task.error:
                raise task.error
        return [answers[number] for number in range(len(self.people))]


def _asked(rounds: Sequence[Round]) -> Asked:
    return Asked(zip(*rounds, strict=True))


def _good(answer: Answer) -> bool:
    return answer is not None and answer.ok
