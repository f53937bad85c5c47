"""Does what the server acknowledged survive `kill -9`? (docs/security.md, V5 and R2.)

    python -m benchmarks.crash                    1,000 rounds of the crash test, about half an hour
    python -m benchmarks.crash --rounds 20        fewer
    python -m benchmarks.crash --races 300        eight racers for one refresh token, two workers

A round: start the server on the same SQLite file, check everything that was ever acknowledged, let several
clients log in, log out, refresh, revoke and change passwords, and kill every process in the midst of it.
What was in flight at that moment may have happened or not; what was answered must have.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import psutil  # type: ignore[import-untyped]
import requests

from labserver.kit.processes.client import Direct
from labserver.runtime import command
from labserver.runtime.child_environment import plain

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
DEEDS_SECONDS = 20.0
REMEMBERED = 12
"""How many ended credentials of each kind a client goes on checking, round after round."""

FRESH_SECONDS = 600
"""Access tokens older than this are forgotten: they may have expired by themselves."""


class Lost(Exception):
    """Something that was acknowledged is gone, or something that was ended is back."""


class Killed(Exception):
    """The server did not answer: what was asked may have happened or not."""


class Server:
    """A `labserver serve --lab` of its own, to be killed."""

    def __init__(self, *options: str) -> None:
        start = [sys.executable, "-m", "labserver", "serve", "--lab", "--exit-with-stdin", *options]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            start,
            cwd=ROOT,
            env=plain(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        too_slow = threading.Timer(START_SECONDS, self._process.kill)
        too_slow.start()
        line = self._process.stdout.readline() if self._process.stdout else b""
        too_slow.cancel()
        if not line:
            raise Lost("the server does not start again")
        self.ready: dict[str, Any] = json.loads(line)
        self.url: str = self.ready["url"]
        self._family = [psutil.Process(self._process.pid)]
        self._family += self._family[0].children(recursive=True)

    def kill(self) -> None:
        """Kill all its processes at once. They are stopped first, so that none sees another one go."""
        for process in self._family:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGSTOP)
        for process in self._family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.stop()
        psutil.wait_procs(self._family, timeout=START_SECONDS)

    def stop(self) -> None:
        """Let it end by itself, and wait."""
        with self._process as process:
            if process.stdin:
                process.stdin.close()

    def make_user(self, name: str, password: str) -> None:
        body = {"username": name, "password": password}
        headers = {"X-Lab-Key": self.ready["lab_key"]}
        send("POST", f"{self.url}/lab/users", json=body, headers=headers).raise_for_status()


def send(method: str, url: str, **more: Any) -> requests.Response:
    """Send a request over a connection of its own."""
    with Direct() as once:
        return once.request(method, url, timeout=30, **more)


@dataclass
class Client:
    """One user's client: does things at random, and remembers what the server said had happened."""

    name: str
    password: str
    choose: random.Random
    acknowledged: Counter[str]
    url: str = ""
    maybe_password: str | None = None
    sessions: dict[str, list[str]] = field(default_factory=dict)
    families: list[str] = field(default_factory=list)
    live_tokens: dict[str, float] = field(default_factory=dict)
    ended_sessions: list[str] = field(default_factory=list)
    ended_families: list[str] = field(default_factory=list)
    denied_tokens: dict[str, float] = field(default_factory=dict)
    maybe_item: tuple[str, str] | None = None

    def ask(self, method: str, path: str, good: tuple[int, ...], **more: Any) -> requests.Response:
        """Send a request. Raises Killed if no answer came, Lost if a wrong one did."""
        try:
            answer = send(method, f"{self.url}{path}", **more)
        except requests.RequestException as error:
            raise Killed(f"{self.name}: {method} {path} gets no answer") from error
        if answer.status_code not in good:
            raise Lost(f"{self.name}: {method} {path} answers {answer.status_code}, expected {good}")
        return answer

    def cookie(self, sid: str, *, change: bool = False) -> dict[str, str]:
        """Give the headers that a session's request carries, with the CSRF token for a change."""
        headers = {"Cookie": f"sid={sid}"}
        if change:
            me = self.ask("GET", "/session/me", (200,), headers=headers)
            headers["X-CSRF-Token"] = me.json()["csrf_token"]
        return headers

    def who(self, password: str | None = None) -> dict[str, str]:
        return {"username": self.name, "password": password or self.password}

    # What a client does. Each line up to the request's answer may be the last one before the kill.

    def log_in(self) -> None:
        answer = self.ask("POST", "/session/login", (200,), json=self.who())
        self.sessions[answer.cookies["sid"]] = []

    def fetch_tokens(self) -> None:
        self.keep_pair(self.ask("POST", "/token/login", (200,), json=self.who()).json())

    def keep_pair(self, pair: dict[str, str]) -> None:
        self.families.append(pair["refresh_token"])
        self.live_tokens[pair["access_token"]] = time.time()

    def buy(self) -> None:
        sid = self.choose.choice(list(self.sessions))
        headers, item = self.cookie(sid, change=True), f"item {self.choose.randrange(10**9)}"
        self.maybe_item = (sid, item)
        self.ask("POST", "/session/cart", (200,), json={"item": item}, headers=headers)
        self.sessions[sid].append(item)

    def log_out(self) -> None:
        sid = self.choose.choice(list(self.sessions))
        headers = self.cookie(sid, change=True)
        del self.sessions[sid]
        self.ask("POST", "/session/logout", (204,), headers=headers)
        self.ended_sessions.append(sid)

    def log_out_everywhere(self) -> None:
        sids = list(self.sessions)
        headers = self.cookie(sids[0], change=True)
        self.sessions.clear()
        self.ask("POST", "/session/logout-all", (204,), headers=headers)
        self.ended_sessions += sids

    def refresh(self) -> None:
        token = self.families.pop(0)
        answer = self.ask("POST", "/token/refresh", (200,), json={"refresh_token": token})
        self.keep_pair(answer.json())

    def end_family(self) -> None:
        """The access tokens of the family are denied with it: which ones they were, only the server knows."""
        token = self.families.pop(0)
        self.live_tokens.clear()
        self.ask("POST", "/token/logout", (204,), json={"refresh_token": token})
        self.ended_families.append(token)

    def revoke(self) -> None:
        token = self.choose.choice(list(self.live_tokens))
        since = self.live_tokens.pop(token)
        self.ask("POST", "/token/revoke", (200,), data={"token": token})
        self.denied_tokens[token] = since

    def change_password(self) -> None:
        sids, tokens = list(self.sessions), list(self.families)
        headers = self.cookie(sids[0], change=True)
        self.maybe_password = f"pass phrase {self.choose.randrange(10**9)}"
        self.sessions.clear()
        self.families.clear()
        self.live_tokens.clear()
        body = {"current": self.password, "new": self.maybe_password}
        answer = self.ask("POST", "/session/password", (200,), json=body, headers=headers)
        self.password, self.maybe_password = self.maybe_password, None
        self.ended_sessions += sids
        self.ended_families += tokens
        self.sessions[answer.cookies["sid"]] = []

    def live(self) -> None:
        """Do one thing after the other until the server is gone."""
        with suppress(Killed):
            while True:
                can: list[Callable[[], None]] = [self.log_in, self.fetch_tokens]
                can += [self.buy, self.buy, self.log_out, self.log_out_everywhere] if self.sessions else []
                can += [self.refresh] * 3 + [self.end_family] if self.families else []
                can += [self.revoke] if self.live_tokens else []
                can += [self.change_password] if self.sessions else []
                deed = self.choose.choice(can)
                deed()
                self.maybe_item = None
                self.acknowledged[deed.__name__.replace("_", " ")] += 1

    # What must be true after a restart.

    def check(self) -> None:
        """Hold the server to everything that it acknowledged. Raises Lost."""
        self.check_password()
        for sid, items in self.sessions.items():
            cart = self.ask("GET", "/session/cart", (200,), headers=self.cookie(sid)).json()["cart"]
            may_be = [items, [*items, self.maybe_item[1]]] if self.maybe_item else [items]
            if cart not in [each[-50:] for each in may_be]:
                raise Lost(f"{self.name}: the cart is {cart}, expected {items}")
            self.sessions[sid] = cart
        self.maybe_item = None
        for sid in self.ended_sessions[-REMEMBERED:]:
            self.ask("GET", "/session/me", (401,), headers=self.cookie(sid))
        for token in self.ended_families[-REMEMBERED:]:
            self.ask("POST", "/token/refresh", (400,), json={"refresh_token": token})
        soon = time.time() - FRESH_SECONDS
        for tokens, status in ((self.live_tokens, 200), (self.denied_tokens, 401)):
            for token, since in list(tokens.items()):
                if since < soon:
                    del tokens[token]
                    continue
                self.ask("GET", "/token/me", (status,), headers={"Authorization": f"Bearer {token}"})
        for token in [*self.families]:
            self.families.remove(token)
            pair = self.ask("POST", "/token/refresh", (200,), json={"refresh_token": token}).json()
            self.keep_pair(pair)
            if self.choose.random() < 0.2:  # the old one again: it stays used, and ends its family
                self.ask("POST", "/token/refresh", (400,), json={"refresh_token": token})
                self.families.remove(pair["refresh_token"])
                self.ended_families.append(pair["refresh_token"])
                self.live_tokens.clear()
        # Few of each, so that a round stays short.
        self.families = self.families[-3:]
        self.sessions = dict(list(self.sessions.items())[-3:])

    def check_password(self) -> None:
        """Find out which password holds if a change was in flight; insist on the only one if none was."""
        if self.maybe_password is not None:
            answer = self.ask("POST", "/session/login", (200, 401), json=self.who(self.maybe_password))
            if answer.status_code == 200:
                self.password = self.maybe_password
            self.maybe_password = None
        self.ask("POST", "/session/login", (200,), json=self.who())


def check_files(store: Path) -> None:
    """Run SQLite's own integrity check. Raises Lost."""
    for file in (store, Path(f"{store}-home") / "accounts.db"):
        with closing(apsw.Connection(str(file))) as database:
            database.set_busy_timeout(30_000)
            if database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise Lost(f"{file.name} is damaged")


def crashes(folder: Path, rounds: int, *, clients: int = 4, seed: int = 1) -> Iterator[Counter[str]]:
    """Run the rounds; gives after each what was acknowledged so far. Raises Lost."""
    store = folder / "store.db"
    choose, acknowledged = random.Random(seed), Counter[str]()  # noqa: S311 - chooses deeds, not secrets
    people = [
        Client(f"client-{number}", f"pass phrase {number}", random.Random(seed * 1000 + number), acknowledged)  # noqa: S311
        for number in range(clients)
    ]
    for turn in range(rounds + 1):
        server = Server("--store", f"sqlite:{store}", "--denylist", "--workers", str(1 + turn % 2))
        try:
            for one in people:
                one.url = server.url
                if turn == 0:
                    server.make_user(one.name, one.password)
                one.check()
            check_files(store)
            if turn < rounds:
                live_until_killed(people, server, choose.randint(1, 12), choose.uniform(0, 0.04))
        finally:
            server.kill()
        if turn < rounds:
            yield acknowledged


def live_until_killed(people: list[Client], server: Server, deeds: int, seconds: float) -> None:
    """Let everybody live, and kill the server after this many acknowledged operations and seconds.

    Raises what anybody found to be wrong.
    """
    acknowledged = people[0].acknowledged  # everybody's
    enough, too_late = acknowledged.total() + deeds, time.monotonic() + DEEDS_SECONDS
    wrong: list[BaseException] = []

    def live(one: Client) -> None:
        try:
            one.live()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=live, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    while acknowledged.total() < enough and time.monotonic() < too_late and not wrong:
        time.sleep(0.005)
    time.sleep(seconds)
    server.kill()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


def races(rounds: int, racers: int = 8) -> Iterator[list[int]]:
    """Have `racers` redeem one refresh token at once, of two workers; gives their statuses, sorted."""
    server = Server("--workers", "2")
    try:
        with crowd(racers) as sessions:
            for turn in range(rounds):
                name = ("ada", "grace", "mallory")[turn % 3]
                who = {"username": name, "password": server.ready["users"][name]["password"]}
                pair = send("POST", f"{server.url}/token/login", json=who).json()
                yield race(sessions, f"{server.url}/token/refresh", pair["refresh_token"])
    finally:
        server.stop()


def race(sessions: list[Direct], url: str, token: str) -> list[int]:
    """Send one refresh token over all connections at the same moment."""
    gate, statuses = threading.Barrier(len(sessions)), list[int]()

    def redeem(session: Direct) -> None:
        gate.wait()
        statuses.append(session.post(url, json={"refresh_token": token}, timeout=30).status_code)

    threads = [threading.Thread(target=redeem, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


@contextmanager
def crowd(count: int) -> Iterator[list[Direct]]:
    """Hold as many kept connections."""
    sessions = [Direct() for _ in range(count)]
    try:
        yield sessions
    finally:
        for session in sessions:
            session.close()


def bar(done: int, total: int, began: float) -> None:
    """Draw how far it is, and how long it will take."""
    filled = 40 * done // total
    left = (time.monotonic() - began) / done * (total - done)
    end = "\n" if done == total else ""
    print(
        f"\r[{'#' * filled}{'.' * (40 - filled)}] {done}/{total}, {left:.0f} s left ",
        end=end,
        file=sys.stderr,
    )


def main() -> int:
    """Run what was asked for; exit code 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=1000, help="kills (1,000)")
    parser.add_argument("--races", type=int, default=0, help="instead: races for one refresh token")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    began = time.monotonic()
    if chosen.races:
        for done, statuses in enumerate(races(chosen.races), 1):
            bar(done, chosen.races, began)
            if statuses != [200] + [400] * 7:
                print(f"\nRace {done}: {statuses}")
                return 1
        print(f"{chosen.races} races of 8 on 2 workers: one winner each, {time.monotonic() - began:.0f} s.")
        return 0
    acknowledged, done = Counter[str](), 0
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        try:
            for counts in crashes(Path(folder), chosen.rounds, clients=chosen.clients, seed=chosen.seed):
                acknowledged, done = counts, done + 1
                bar(done, chosen.rounds, began)
        except (Lost, Killed) as error:
            print(f"\nAfter {done} kills: {error}")
            return 1
    deeds = ", ".join(f"{count} {deed}" for deed, count in acknowledged.most_common())
    print(f"{done} kills, {acknowledged.total()} acknowledged effects ({deeds}).")
    print(f"0 lost, 0 undone, integrity check clean each time; {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(command.run(main, "benchmarks.crash"))
