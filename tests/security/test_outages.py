"""docs/security.md, row V4, with real faults: a file locked, away or on a full disk; a Redis stopped or hung.

While it lasts: 503 with Retry-After wherever the store is asked, tokens go on, nobody gets in who should not.
Afterwards all is well without a restart, and what was ended before stays ended.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import psutil  # type: ignore[import-untyped]
import pytest

from labserver.runtime.redis_server import find_redis
from tests.conftest import Process, Server
from tests.contract.clients import App, Browser, Client, problem, replay
from tests.process.processes import wait_until

PATIENCE = 60.0


class People:
    """Some who are logged in, and one who has logged out, on a server whose store is about to fail."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ada, self.grace, self.gone = Browser(server), App(server), Browser(server)
        for one, name in ((self.ada, "ada"), (self.grace, "grace"), (self.gone, "mallory")):
            assert one.login(name).status_code == 200
        self.copy = self.gone.credential
        assert self.gone.post("/session/logout").status_code == 204

    def find_it_down(self, *, readable: bool = False, slow: bool = False) -> None:
        """Insist on 503 wherever the store is needed.

        `readable`: it can be read, only not written; `slow`: each answer takes seconds, so ask for a few.
        """
        who = {"username": "ada", "password": self.server.password("ada")}
        refresh = {"refresh_token": self.grace.refresh_token}
        with Client(self.server) as anybody:
            answers = [
                anybody.post("/session/login", json=who),
                anybody.post("/token/refresh", json=refresh),
                self.ada.post("/session/cart", json={"item": "tea"}),
            ]
            if not slow:
                answers += [anybody.post("/token/login", json=who), self.ada.post("/session/logout")]
            if not readable:
                answers += [self.ada.me(), replay(self.server, self.copy)]
            if not readable and not slow:
                answers += [replay(self.server, "A" * 43), anybody.get("/readyz")]
            for answer in answers:
                problem(answer, 503, "store_down")
                assert int(answer.headers["Retry-After"]) > 0
            if readable:
                problem(replay(self.server, self.copy), 401, "no_session")
                assert self.ada.me().status_code == 200, "nothing to write down"
                self.server.advance(61)
                problem(self.ada.me(), 503, "store_down")  # this use would count, and cannot be noted
            assert self.grace.me().status_code == 200, "a token needs no store"
            assert self.grace.get("/token/admin").status_code == 200
            assert anybody.get("/healthz").status_code == 200
            assert anybody.get("/.well-known/jwks.json").status_code == 200
            problem(anybody.get("/session/me"), 401, "no_session")

    def find_it_up(self) -> None:
        """Insist that all is as it was."""
        with Client(self.server) as anybody:
            wait_until(lambda: anybody.get("/readyz").status_code == 200, "the store is back", PATIENCE)
        assert self.ada.me().status_code == 200
        assert self.ada.post("/session/cart", json={"item": "milk"}).json() == {"cart": ["milk"]}
        assert self.grace.refresh().status_code == 200
        problem(replay(self.server, self.copy), 401, "no_session")
        with Browser(self.server) as again:
            assert again.login("ada").status_code == 200

    def leave(self) -> None:
        for one in (self.ada, self.grace, self.gone):
            one.close()


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Another process writes to the file, and does not come to an end."""
    with closing(apsw.Connection(str(store))) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def moved_away(store: Path) -> Iterator[None]:
    """The file is renamed, and comes back."""
    store.rename(store.with_suffix(".away"))
    yield
    store.with_suffix(".away").rename(store)


@contextmanager
def replaced_by_a_folder(store: Path) -> Iterator[None]:
    """Something else has taken its place."""
    with moved_away(store):
        store.mkdir()
        yield
        store.rmdir()


@contextmanager
def overwritten(store: Path) -> Iterator[None]:
    """There is a file of that name, but it is no database."""
    with moved_away(store):
        store.write_bytes(b"This is a letter, not a database. " * 1000)
        yield
        store.unlink()


FAULTS = [locked, moved_away, replaced_by_a_folder, overwritten]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move a file that is open")
def test_V4_a_file_that_fails(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    server = Server("--store", f"sqlite:{store}", "--workers", "2", log=tmp_path / "log")
    try:
        for fault in FAULTS:
            people = People(server)
            with fault(store):
                people.find_it_down(slow=fault is locked, readable=fault is locked)
            people.find_it_up()
            people.leave()
    finally:
        server.stop()


@contextmanager
def read_only(store: Path) -> Iterator[None]:
    """A copy has taken its place that nobody may write to, as after a careless restore from a backup."""
    with moved_away(store):
        shutil.copyfile(store.with_suffix(".away"), store)
        store.chmod(0o444)
        for_root = os.access(store, os.W_OK)  # modes do not stop root; the attribute "immutable" does
        if for_root and os.system(f"chattr +i {store} 2>/dev/null") != 0:  # noqa: S605 - our own path
            pytest.skip("NOT TESTED WITH A READ-ONLY FILE: root may write to every file here")
        try:
            yield
        finally:
            if for_root:
                os.system(f"chattr -i {store}")  # noqa: S605


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move a file that is open")
def test_V4_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    server = Server("--store", f"sqlite:{store}", log=tmp_path / "log")
    try:
        people = People(server)
        with read_only(store):
            people.find_it_down(readable=True)
        people.find_it_up()
        people.leave()
    finally:
        server.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete a file that is open")
def test_V4_a_file_that_is_deleted_for_good(tmp_path: Path) -> None:
    """No write may vanish into a file without a name: the store stays down until a file is there again."""
    store = tmp_path / "store.db"
    server = Server("--store", f"sqlite:{store}", log=tmp_path / "log")
    try:
        people = People(server)
        for file in (store, Path(f"{store}-journal"), Path(f"{store}-wal"), Path(f"{store}-shm")):
            file.unlink(missing_ok=True)
        people.find_it_down()
        people.leave()
    finally:
        server.stop()


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux, to mount")
def test_V4_a_disk_that_is_full(tmp_path: Path) -> None:
    """On a small tmpfs of our own, where this machine lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=1m tmpfs {disk} 2>/dev/null") != 0:  # noqa: S605 - our own path
        pytest.skip("NOT TESTED ON A FULL DISK: nothing can be mounted here")
    options = ("--home", str(tmp_path / "home"), "--store", f"sqlite:{disk / 'store.db'}")
    server = None
    try:
        server = Server(*options, log=tmp_path / "log")
        people = People(server)
        with (disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="space"):
            while True:
                filler.write(b"x" * 4096)
        people.find_it_down(readable=True)
        (disk / "filler").unlink()
        people.find_it_up()
        people.leave()
    finally:
        if server is not None:
            server.stop()
        os.system(f"umount -l {disk}")  # noqa: S605


@pytest.mark.skipif(find_redis() is None, reason="NOT TESTED WITH REDIS: there is no redis-server here")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process and let it go on")
def test_V4_a_redis_that_hangs_or_is_gone(tmp_path: Path) -> None:
    redis = Process("labserver.runtime.redis_server", log=tmp_path / "redis.log")
    (program,) = psutil.Process(redis._process.pid).children()
    server = Server("--store", redis.ready["url"], log=tmp_path / "log")
    try:
        people = People(server)
        program.suspend()
        try:
            hung = [people.ada.me(), replay(server, people.copy)]
            for answer in hung:
                problem(answer, 503, "store_down")
                assert int(answer.headers["Retry-After"]) > 0
            assert people.grace.me().status_code == 200
        finally:
            program.resume()
        people.find_it_up()
        program.kill()
        redis.stop()
        people.find_it_down()
        people.leave()
    finally:
        server.stop()
