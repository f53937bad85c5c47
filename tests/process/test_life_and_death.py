"""Anyone who is killed, nothing stays behind (docs/security.md, L4)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from labserver.runtime.serve import wait_for_answer
from tests.process.processes import (
    END_SECONDS,
    LABSERVER,
    NOT_ON_WINDOWS,
    START_SECONDS,
    STARTER,
    Started,
    all_gone,
    answers,
    family,
    server,
    wait_until,
    workers,
)

TIMES = 10

ENDING_WORKERS = """
import os, sys, threading
end = lambda: threading.Timer({seconds}, os._exit, [9]).start()
if "--multiprocessing-fork" in sys.orig_argv:
    end()
elif hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=end)
"""


@pytest.mark.parametrize("number", ["1", "2"])
def test_the_starter_is_killed(tmp_path: Path, number: str) -> None:
    for turn in range(TIMES // 2):
        command = ["-m", "labserver", "serve", "--lab", "--exit-with-stdin", "--workers", number]
        starter = Started(tmp_path / str(turn), sys.executable, "-c", STARTER, *command)
        try:
            starter.wait_until_ready()
            assert len(starter.family) >= 2 + int(number), "the starter, the main process, the workers"
            starter.process.kill()
            starter.process.wait()
            starter.assert_nothing_is_left()
        finally:
            starter.end()


@pytest.mark.parametrize("number", ["1", "2"])
def test_the_main_process_is_killed(tmp_path: Path, number: str) -> None:
    for turn in range(TIMES // 2):
        with server(tmp_path / str(turn), "--workers", number) as lab:
            assert len(workers(lab)) == int(number)
            lab.process.kill()
            lab.process.wait()
            lab.assert_nothing_is_left()


def test_a_worker_is_killed_and_replaced(tmp_path: Path) -> None:
    """One fault does not take the server away; and the new worker ends with the others."""
    for turn in range(TIMES):
        with server(tmp_path / str(turn)) as lab:
            (worker,) = workers(lab)
            worker.kill()
            wait_until(partial(has_workers, lab, 1, worker), "a new worker", START_SECONDS)
            assert answers(lab.port)
            lab.family = family(lab.process.pid)
            lab.process.kill()
            lab.process.wait()
            lab.assert_nothing_is_left()


def has_workers(lab: Started, number: int, killed: Any) -> bool:
    now = workers(lab)
    return len(now) == number and killed not in now


def test_one_of_two_workers_is_killed(tmp_path: Path) -> None:
    with server(tmp_path / "temp", "--workers", "2") as lab:
        first = workers(lab)[0]
        first.kill()
        for _ in range(20):
            assert answers(lab.port), "the other worker, or the new one"
        wait_until(lambda: has_workers(lab, 2, first), "a new worker", START_SECONDS)
        lab.family = family(lab.process.pid)
        lab.close_stdin()
        assert lab.wait() == 0
        lab.assert_nothing_is_left()


@NOT_ON_WINDOWS
def test_all_are_killed_at_once(tmp_path: Path) -> None:
    """Then nobody is left to remove the folder: the next start does."""
    with server(tmp_path / "temp", "--workers", "2") as lab:
        for process in lab.family:
            process.suspend()  # so that none sees another one go
        for process in lab.family:
            process.kill()
        wait_until(partial(all_gone, lab.family), "all are gone", END_SECONDS)
        (left,) = lab.homes
        with server(tmp_path / "temp") as after:
            assert left not in after.homes
            assert len(after.homes) == 1, "its own"


def test_the_folder_of_a_living_server_is_left_alone(tmp_path: Path) -> None:
    with server(tmp_path / "temp") as one, server(tmp_path / "temp") as other:
        assert len(one.homes) == 2
        other.close_stdin()
        assert other.wait() == 0
        assert len(one.homes) == 1
        assert answers(one.port)


def test_standard_input_closes(tmp_path: Path) -> None:
    with server(tmp_path / "temp") as lab:
        lab.close_stdin()
        assert lab.wait() == 0
        lab.assert_nothing_is_left()
        assert "ERROR" not in lab.log


def test_standard_input_was_never_open(tmp_path: Path) -> None:
    started = Started(tmp_path / "temp", stdin=subprocess.DEVNULL)
    assert started.wait() == 0
    assert started.homes == []
    started.end()


@NOT_ON_WINDOWS
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_asks_to_stop(tmp_path: Path, name: str) -> None:
    """Neither a connection kept alive nor a client in the middle of its body holds it up."""
    with server(tmp_path / "temp", "--workers", "2") as lab:
        idle = socket.create_connection(("127.0.0.1", lab.port))
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert idle.recv(4096)
        stalled = socket.create_connection(("127.0.0.1", lab.port))
        stalled.sendall(b"POST /session/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\n{")
        with idle, stalled:
            lab.process.send_signal(getattr(signal, name))
            assert lab.wait(END_SECONDS) == 0
            lab.assert_nothing_is_left()


@NOT_ON_WINDOWS
def test_ctrl_c_in_a_terminal_reaches_everybody_at_once(tmp_path: Path) -> None:
    for turn in range(3):
        with server(tmp_path / str(turn), "--workers", "2") as lab:
            assert all(os.getpgid(one.pid) == one.pid for one in lab.family), (
                "the terminal sees the first only"
            )
            os.killpg(lab.process.pid, signal.SIGINT)
            assert lab.wait(END_SECONDS) == 0
            lab.assert_nothing_is_left()
            assert "ERROR" not in lab.log, "no worker goes by itself: the main process decides"


@NOT_ON_WINDOWS
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_stopped_in_the_middle_of_starting(tmp_path: Path, name: str) -> None:
    """A start leaves nothing behind either; what a killed one leaves, the next removes."""
    temp = tmp_path / "temp"
    for turn in range(TIMES):
        started = Started(temp, *LABSERVER, "serve", "--lab", "--exit-with-stdin", "--workers", "2")
        if turn >= 3:  # in most turns, once there is something that could be left behind
            before = set(started.homes)
            wait_until(partial(has_more_homes, started, before), "a home", START_SECONDS)
        time.sleep(turn % 3 / 20)  # no condition to wait for: any moment will do
        started.family = family(started.process.pid)
        started.process.send_signal(getattr(signal, name))
        code = started.wait(END_SECONDS)
        assert code in (0, -getattr(signal, name)), started.log
        wait_until(partial(all_gone, started.family), "all are gone", END_SECONDS)
        assert "Traceback" not in started.log or code < 0, started.log
        if name == "SIGTERM":
            assert started.homes == []
        started.end()
    with server(temp) as lab:
        wait_until(lambda: len(lab.homes) == 1, "only its own", END_SECONDS)


LOST = """
import os, signal, sys, weakref
from labserver.__main__ import start
from labserver.runtime import lifetime

class Thing: pass

def and_a_signal_in_a_finalizer():
    by_signals()
    weakref.finalize(Thing(), os.kill, os.getpid(), signal.SIGTERM)

by_signals, lifetime.stop_by_signals = lifetime.stop_by_signals, and_a_signal_in_a_finalizer
sys.argv[1:] = ["serve", "--lab", "--exit-with-stdin"]
raise SystemExit(start())
"""


@NOT_ON_WINDOWS
def test_a_signal_whose_exception_python_drops_still_ends_a_start(tmp_path: Path) -> None:
    started = Started(tmp_path / "temp", sys.executable, "-c", LOST)
    assert started.wait(START_SECONDS) == 0, started.log
    assert "Exception ignored" in started.log
    assert started.homes == []
    started.end()


def has_more_homes(started: Started, before: set[Path]) -> bool:
    return not before.issuperset(started.homes)


@pytest.mark.parametrize("seconds", [0.0, 0.4])
def test_the_workers_cannot_stay_up(tmp_path: Path, seconds: float) -> None:
    """A server whose workers end as soon as they start says so and ends, rather than trying for ever."""
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(ENDING_WORKERS.format(seconds=seconds))
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    started = Started(tmp_path / "temp", variables={"PYTHONPATH": path})
    try:
        assert started.wait() == 1
        assert "labserver: The workers end as soon as they start" in started.log
        assert started.homes == []
    finally:
        started.end()


def test_a_worker_that_ends_over_the_first_question_is_not_the_last() -> None:
    """The server asks itself whether it answers; if that costs a worker, the next one is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(START_SECONDS)
        asking = threading.Thread(
            target=wait_for_answer, args=(f"http://127.0.0.1:{listener.getsockname()[1]}", None)
        )
        asking.start()
        for answer in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"):
            with listener.accept()[0] as connection:
                assert connection.recv(4096).startswith(b"GET /healthz ")
                connection.sendall(answer)
        asking.join(START_SECONDS)
        assert not asking.is_alive()


def test_two_servers_do_not_disturb_each_other(tmp_path: Path) -> None:
    with server(tmp_path / "a") as one, server(tmp_path / "b") as two:
        assert one.port != two.port
        assert one.ready["lab_key"] != two.ready["lab_key"]
        one.process.kill()
        one.process.wait()
        one.assert_nothing_is_left()
        assert answers(two.port)
