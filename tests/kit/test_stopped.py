"""Long work, interrupted in the middle: it ends at once, keeps what it has found, leaves nothing running."""

from __future__ import annotations

import _thread
import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
from jupyter_client.manager import KernelManager

from labserver.kit import attacks, capstone, revocation
from labserver.kit import stopped as module
from labserver.kit.attacks import Result, Target
from labserver.kit.attacks.attack import REGISTRY
from labserver.kit.capstone import examination
from labserver.kit.capstone.promise import Promise
from labserver.kit.display.progress import Live
from labserver.kit.exercises import progress
from labserver.kit.exercises.check import check
from labserver.kit.failures import KitError
from labserver.kit.forgery import forge
from labserver.kit.lab import Lab
from labserver.kit.revocation import time_to_revoke
from labserver.kit.scaling import drills, growth
from labserver.kit.scaling.crowd import Answer, Crowd, CrowdMember
from labserver.kit.stopped import Stopped, so_far
from tests.capstone.servers import MODEL, fast

pytestmark = pytest.mark.usefixtures("quick_passwords")

LONG = 500.0
"""Seconds. Nothing here could come to its end in the time that the tests have."""

SOON = 30.0
"""Seconds; generous, because the machine may be busy. Most end in a tenth of one."""

AGAIN = 10.0
"""Seconds after which ■ is pressed again: Python drops an interrupt that comes while it runs a finalizer, as
when urllib3 closes the connections of a client that is gone."""

HOW: dict[str, Callable[[], None]] = {
    "a signal": lambda: os.kill(os.getpid(), signal.SIGINT),
    "a mere note, as on Windows": _thread.interrupt_main,  # wakes nobody who waits for a lock
}
each_way = pytest.mark.parametrize("how", HOW.values(), ids=HOW)

a_socket_may_be_left = pytest.mark.filterwarnings(
    "ignore:(?s).*(unclosed <socket|<finalize object):pytest.PytestUnraisableExceptionWarning"
)
"""For work that sends requests. An interrupt may come while urllib3, or Python's own `create_connection`,
makes a socket. Then nobody but that function knows the socket, and it closes it only after an OSError: so
Python closes it, with a warning."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start() as one:
        yield one


@pytest.fixture
def pair(lab: Lab) -> dict[str, Any]:
    lab.reset()
    browser, app = lab.client("browser"), lab.client("app")
    browser.post("/session/login", json=lab.login("ada"))
    token = app.post("/token/login", json=lab.login("ada")).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    return {"session": browser.get("/session/me"), "token": app.get("/token/me", headers=bearer)}


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no thread and no process of a test's be there after it."""
    module._kept.clear()
    before = running()
    yield
    end = time.monotonic() + SOON
    while running() - before and time.monotonic() < end:
        time.sleep(0.02)
    assert running() - before == set()


def running() -> set[object]:
    """List this process's threads and children, but for those of the kernel's client, which stay."""
    threads = {thread for thread in threading.enumerate() if not thread.name.endswith("runner")}
    children = psutil.Process().children(recursive=True)
    return threads | {child for child in children if child.is_running() and child.status() != "zombie"}


class Interrupt:
    """Interrupts the main thread, from another one, when `soon` is called for the `turn`th time."""

    def __init__(self, how: Callable[[], None], turn: int) -> None:
        self._how, self._turn, self.at = how, itertools.count(1 - turn), 0.0
        self.over = threading.Event()

    def soon(self, *_: object) -> None:
        if next(self._turn) == 0:
            threading.Thread(target=self._now).start()

    def _now(self) -> None:
        time.sleep(0.01)  # the main thread goes on to what comes next
        self.at = time.monotonic()
        self._how()
        while not self.over.wait(AGAIN):
            self._how()


def stopped(work: Callable[[], object], interrupt: Interrupt) -> Stopped:
    """Do work that is interrupted; gives how it ended."""
    try:
        with pytest.raises(Stopped) as caught:
            work()
    finally:
        interrupt.over.set()
    assert interrupt.at
    assert time.monotonic() - interrupt.at < SOON
    if caught.value.result is not None:
        assert so_far() is caught.value.result
        assert "from labserver import so_far; so_far()" in str(caught.value)
    return caught.value


def while_shown(monkeypatch: pytest.MonkeyPatch, how: Callable[[], None], turn: int) -> Interrupt:
    """Interrupt when progress is shown for the `turn`th time."""
    interrupt = Interrupt(how, turn)
    monkeypatch.setattr(Live, "show", interrupt.soon)
    return interrupt


@a_socket_may_be_left
@each_way
def test_a_measurement(
    lab: Lab, pair: dict[str, Any], how: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt = while_shown(monkeypatch, how, 3)
    end = stopped(lambda: lab.measure(pair, seconds=LONG, within=1e-9), interrupt)
    assert end.result.rounds >= 30
    assert str(end).startswith(f"Stopped after {end.result.rounds} rounds. ")
    assert len(end.result.samples("session")) == len(end.result.samples("token")) == 2 * end.result.rounds
    assert "session: median" in repr(end.result)
    assert lab.measure(pair, seconds=0.05).rounds


def test_a_measurement_that_has_hardly_begun_has_nothing(
    lab: Lab, pair: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labserver.kit.measurement.rounds.run_round", interrupted)
    with pytest.raises(Stopped, match=r"too few rounds. Nothing was found so far\.$"):
        lab.measure(pair, seconds=LONG)
    with pytest.raises(KitError, match="there is nothing yet"):
        so_far()


@a_socket_may_be_left
@each_way
def test_a_break_even(
    lab: Lab, pair: dict[str, Any], how: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt = while_shown(monkeypatch, how, 4)
    end = stopped(lambda: lab.break_even(pair, delays=(0.0, 5000.0), seconds=LONG), interrupt)
    assert "session" in repr(end.result)
    browser = lab.client()
    browser.post("/session/login", json=lab.login("ada"))
    quick = lab.measure({"session": browser.get("/session/me")}, seconds=0.1)
    assert min(quick.samples("session")) < 5000, "the store is slow still"


@a_socket_may_be_left
@each_way
def test_a_load(lab: Lab, how: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = while_shown(monkeypatch, how, 2)
    end = stopped(lambda: lab.load("session", "token", users=(1, 2), seconds=50, rounds=200), interrupt)
    assert 1 <= len(end.result.points) < 4
    assert str(end).startswith("Stopped after 2 of 800 slices. ")
    assert end.result.verdict in repr(end.result)
    assert lab.load("session", users=(1,), seconds=0.1, rounds=1).errors == 0


@each_way
def test_a_growth(how: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = while_shown(monkeypatch, how, 2)
    end = stopped(lambda: growth.sessions("sqlite", sizes=(100_000, 2_000_000)), interrupt)
    assert end.result is None
    assert "of 2,100,000 sessions. Nothing was found" in str(end)
    assert growth.sessions("sqlite", sizes=(100,), blocks=30)["sqlite", 100].us > 0


def test_a_growth_keeps_the_store_that_was_through(monkeypatch: pytest.MonkeyPatch) -> None:
    line = {"rows": 10, "us": 1.0, "low": 1.0, "high": 1.0, "size": 100, "fill_seconds": 1.0}

    def ask(job: dict[str, Any], see: Callable[[dict[str, Any]], None], patience: float) -> None:
        if job["store"] == "redis":
            raise KeyboardInterrupt
        see({"store": "sqlite", **line})

    monkeypatch.setattr(growth, "ask", ask)
    with pytest.raises(Stopped) as caught:
        growth.sessions("sqlite", "redis", sizes=(10,))
    assert caught.value.result.stores == ["sqlite"]
    assert "10 bytes each" in repr(caught.value.result)


@a_socket_may_be_left
@each_way
def test_a_battery(lab: Lab, how: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = while_shown(monkeypatch, how, 3)
    end = stopped(lambda: attacks.battery(lab, attacks.ATTACKS * 50), interrupt)
    assert 2 <= len(end.result) < 1000
    assert end.result.got_in == []
    assert len(attacks.battery(lab, attacks.ATTACKS[:1])) == 1


@a_socket_may_be_left
@each_way
def test_a_survey_and_the_clock_runs_again(
    lab: Lab, how: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    designs = {str(number): (lab, time_to_revoke.SessionId) for number in range(500)}
    interrupt = while_shown(monkeypatch, how, 3)
    end = stopped(lambda: revocation.survey(designs), interrupt)
    assert end.result["log out"]["0"] == 0
    assert sum(map(len, end.result.values())) < 500
    assert runs(lab)
    assert time_to_revoke.seconds(lab, time_to_revoke.log_out, time_to_revoke.SessionId) == 0


def test_a_price_that_is_interrupted_lets_the_clock_run(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(time_to_revoke.SessionId, "gets_in", interrupted)
        revocation.price(lab, time_to_revoke.SessionId)
    assert runs(lab)


@pytest.mark.parametrize("price", [False, True], ids=["time to revoke", "price"])
def test_an_interrupt_in_the_middle_of_the_last_reset(
    lab: Lab, price: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reset, turns = Lab.reset, itertools.count(1)

    def interrupted(self: Lab) -> None:
        if next(turns) == 2:
            raise KeyboardInterrupt
        reset(self)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Lab, "reset", interrupted)
        if price:
            revocation.price(lab, time_to_revoke.SessionId)
        else:
            time_to_revoke.seconds(lab, time_to_revoke.log_out, time_to_revoke.SessionId)
    assert runs(lab)


def runs(lab: Lab) -> bool:
    """Tell whether the lab's clock goes on by itself."""
    before, end = lab.clock.now(), time.monotonic() + SOON
    while lab.clock.now() == before and time.monotonic() < end:
        time.sleep(0.01)
    return lab.clock.now() > before


@a_socket_may_be_left
@each_way
def test_drills(how: Callable[[], None]) -> None:
    interrupt = Interrupt(how, 4)

    @drills.Drill
    def survivors(store: str) -> Iterator[tuple[str, drills.Cells]]:
        for number in itertools.count():
            for name, cells in drills.survivors.rows(store):
                interrupt.soon()
                yield f"{number}: {name}", cells

    end = stopped(lambda: drills.everywhere(survivors), interrupt)
    assert "0: a restart" in repr(end.result)
    assert "–" in repr(end.result) or "0: a restart" in end.result["redis"]


@a_socket_may_be_left
@each_way
def test_drills_while_their_servers_start(how: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = Interrupt(how, 1)
    monkeypatch.setattr(drills, "Live", type("Shown", (Live,), {"show": interrupt.soon}))
    assert stopped(lambda: drills.everywhere(drills.lost), interrupt).result is None


@a_socket_may_be_left
@each_way
@pytest.mark.parametrize(("method", "argument"), [("ask", 9), ("meet", 2)])
def test_a_crowd_whose_server_hangs(
    lab: Lab, method: str, argument: int, how: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(lab, "token", people=5)
    interrupt, asked, goes_on = Interrupt(how, 13), itertools.count(1), threading.Event()
    ask = CrowdMember.ask

    def hangs(person: CrowdMember, at: Lab | None = None) -> Answer:
        interrupt.soon()
        if next(asked) > 12:  # in the third round
            goes_on.wait(2 * SOON)
        return ask(person, at)

    monkeypatch.setattr(CrowdMember, "ask", hangs)
    try:
        end = stopped(lambda: getattr(crowd, method)(argument), interrupt)
    finally:
        goes_on.set()
    assert (end.result.survivors, len(end.result.every)) == (5, 10)
    assert str(end).startswith("Stopped after 2 ")


@a_socket_may_be_left
@each_way
def test_a_step(how: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt, broken = Interrupt(how, 3), Promise.broken

    def asked(one: Promise, target: Target) -> str:
        interrupt.soon()
        return broken(one, target)

    monkeypatch.setattr(Promise, "broken", asked)
    end = stopped(lambda: capstone.step("12-rest", fast(MODEL, tmp_path)), interrupt)
    assert (str(end), end.result) == ("Stopped after a part of 12-rest. Nothing was found so far.", None)


@a_socket_may_be_left
def test_an_examination_counts_the_steps_that_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[str] = []
    monkeypatch.setattr(progress, "record", lambda kind, name, **facts: recorded.append(name))
    interrupt = while_shown(monkeypatch, HOW["a signal"], 4)
    end = stopped(lambda: capstone.examine(fast(MODEL, tmp_path)), interrupt)
    names = [trial.step.name for trial in end.result.trials]
    assert recorded == names == list(capstone.STEPS)[: len(names)] != []
    count = len(attacks.ATTACKS)
    assert str(end).startswith(f"Stopped after {count} of {count} attacks and {len(names)} of 8 steps. ")
    assert not end.result.passed, "what was not tried is not done"
    assert end.result.summary.endswith(f"steps done: {len(names)} of 8.")


@a_socket_may_be_left
def test_an_examination_keeps_the_attacks_that_were_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt, count = Interrupt(HOW["a signal"], 3), itertools.count(1)

    def attack(target: Target) -> Result:
        interrupt.soon()
        if next(count) == 3:
            time.sleep(LONG)
        return REGISTRY["alg_none"](target)

    monkeypatch.setattr(examination, "ATTACKS", [attack] * 5)
    end = stopped(lambda: capstone.examine(fast(MODEL, tmp_path)), interrupt)
    assert str(end).startswith("Stopped after 2 of 5 attacks and 0 of 8 steps. ")
    assert (len(end.result.report), end.result.trials, end.result.passed) == (2, (), False)
    assert "alg_none" in repr(end.result)


@each_way
def test_cracking(how: Callable[[], None]) -> None:
    interrupt = Interrupt(how, 100)

    def guesses() -> Iterator[str]:
        for number in itertools.count():
            interrupt.soon()
            yield str(number)

    token = forge.hmac_signed({"sub": "ada"}, {}, b"no number")
    end = stopped(lambda: forge.crack(token, guesses()), interrupt)
    assert end.result[0] is None
    assert end.result[1] >= 100


@each_way
def test_a_check(how: Callable[[], None]) -> None:
    interrupt = Interrupt(how, 2)

    def interval(a: object, b: object, draws: object) -> None:
        interrupt.soon()
        while True:
            if interrupt.at == 0 and next(turns) == 0:
                return
            time.sleep(0.001)

    turns = itertools.count()
    end = stopped(lambda: check("05-interval", interval, seconds=LONG), interrupt)
    assert "stopped in case 2; of those before it, 1 were not right" in repr(end.result)


def test_a_server_that_starts_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = Interrupt(HOW["a mere note, as on Windows"], 1)
    monkeypatch.setattr("labserver.kit.processes.child.Child.send", interrupt.soon)
    with pytest.raises(KeyboardInterrupt):
        Lab.start()
    interrupt.over.set()
    assert time.monotonic() - interrupt.at < SOON


@pytest.mark.skipif(sys.platform == "win32", reason="a kernel is interrupted in another way there")
def test_in_a_kernel_the_sentence_is_all_that_is_shown_and_the_result_is_there() -> None:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(extra_arguments=["--IPKernelApp.log_level=40"])
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        client.execute_interactive("import time; from labserver import Lab; lab = Lab.start()", timeout=60)
        work = 'lab.measure({"sleep": lambda: time.sleep(0.001)}, seconds=500, within=1e-9)'
        shown: list[Any] = []

        def see(message: dict[str, Any]) -> None:
            shown.append(message)
            bars = [one for one in shown if one["msg_type"] == "update_display_data"]
            if len(bars) == 3 and message is bars[-1]:
                manager.interrupt_kernel()

        reply = client.execute_interactive(work, timeout=60, output_hook=see)["content"]
        assert reply["ename"] == "Stopped"
        (error,) = (one["content"] for one in shown if one["msg_type"] == "error")
        assert error["traceback"] == [error["evalue"]]
        shown.clear()
        code = "from labserver import so_far; print(so_far().rounds >= 6); lab.stop()"
        assert (
            client.execute_interactive(code, timeout=60, output_hook=shown.append)["content"]["status"]
            == "ok"
        )
        assert [one["content"]["text"] for one in shown if one["msg_type"] == "stream"] == ["True\n"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
