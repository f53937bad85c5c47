"""`labserver attack`: where it gets its accounts from, what it prints, how it ends."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from labserver import cli
from labserver.cli import attack
from labserver.kit.attacks import ATTACKS
from labserver.kit.display.progress import Live
from tests.conftest import Server, StartServer


class Terminal:
    """Runs the command with something on standard input, and keeps what it says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def attack(self, *arguments: str, message: object = "") -> tuple[int, str, str]:
        """Run `labserver attack`; gives exit code, standard output, standard error."""
        text = message if isinstance(message, str) else json.dumps(message) + "\n"
        self._monkeypatch.setattr("sys.stdin", io.StringIO(text))
        code = cli.main(["attack", *arguments])
        said = self._capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.delenv(attack.KEY_VARIABLE, raising=False)
    return Terminal(monkeypatch, capsys)


@pytest.fixture
def server(servers: StartServer) -> Server:
    return servers()


@pytest.fixture
def weak(servers: StartServer) -> Server:
    return servers("--weak", "alg-none")


def accounts(server: Server) -> dict[str, Any]:
    return {name: {"password": server.password(name)} for name in ("ada", "mallory")}


def test_all_of_them_on_a_strong_server(terminal: Terminal, server: Server) -> None:
    code, out, err = terminal.attack(message=server.ready)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["attack", "outcome", "requests", "evidence"]
    assert [line.split()[0] for line in lines[1 : len(ATTACKS) + 1]] == [one.name for one in ATTACKS]
    assert lines[-1] == f"0 of {len(ATTACKS) - 1} attacks got in; 1 not tried."
    for secret in (server.password("ada"), server.password("mallory"), server.ready["lab_key"], "eyJ"):
        assert secret not in out


def test_an_address_typed_in_capitals(terminal: Terminal, server: Server) -> None:
    message = {"users": accounts(server)}
    url = f"HTTP://LOCALHOST:{server.url.rpartition(':')[2]}"
    code, out, err = terminal.attack(url, "--only", "forged_form", "--only", "fixation", message=message)
    assert (code, err) == (0, "")
    assert out.endswith("0 of 2 attacks got in.\n")


@pytest.mark.parametrize("option", ["--ready", "--hello"])
def test_one_hole_is_exit_code_1(terminal: Terminal, weak: Server, tmp_path: Path, option: str) -> None:
    message = tmp_path / "ready.json"
    message.write_text(json.dumps(weak.ready) + "\nand whatever the server logs later\n", encoding="utf-8")
    code, out, _ = terminal.attack(option, str(message), "--only", "alg_none", "--only", "own_key")
    assert code == 1
    assert "GOT IN" in out and "GET /token/me → 200 as ada" in out
    assert out.endswith("1 of 2 attacks got in.\n")


def test_when_it_is_interrupted_it_prints_what_it_has_found(
    terminal: Terminal, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(live: Live, fraction: float, words: str) -> None:
        if words == ATTACKS[2].name:
            raise KeyboardInterrupt

    monkeypatch.setattr(Live, "show", interrupted)
    code, out, err = terminal.attack(message=server.ready)
    assert (code, err) == (130, "labserver: Stopped.\n")
    assert out.splitlines()[-1] == "0 of 2 attacks got in."


def test_the_key_may_come_by_the_environment(
    terminal: Terminal, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = {"users": accounts(server)}
    code, out, _ = terminal.attack(server.url + "/", "--only", "expired", message=message)
    assert code == 0 and "not tried" in out and "needs the lab desk" in out
    monkeypatch.setenv(attack.KEY_VARIABLE, server.ready["lab_key"])
    code, out, _ = terminal.attack(server.url, "--only", "expired", message=message)
    assert code == 0 and "kept out" in out


def test_it_asks_for_the_passwords(
    terminal: Terminal, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(io, "StringIO", Tty)
    monkeypatch.setattr("getpass.getpass", lambda prompt: server.password(prompt.split()[2].strip(":")))
    assert terminal.attack(server.url, "--only", "alg_none")[0] == 0


def test_it_lists_them(terminal: Terminal) -> None:
    code, out, _ = terminal.attack("--list")
    assert code == 0
    assert len(out.splitlines()) == len(ATTACKS)
    assert "fixation: Plant an id in the victim's browser" in out


GIVEN = {"url": "http://127.0.0.1:1", "users": {"ada": {"password": "a"}, "mallory": {"password": "b"}}}
WRONG: list[tuple[list[str], object, str]] = [
    ([], "", "does not begin with a line of JSON"),
    ([], "[]", "does not begin with a line of JSON"),
    ([], {"url": "http://127.0.0.1:1"}, "There is no password for ada"),
    ([], {"users": GIVEN["users"]}, "There is no address to attack"),
    (["http://[::1"], GIVEN, "There is no address to attack"),
    (["ftp://127.0.0.1"], GIVEN, "There is no address to attack"),
    ([], "\ufeff" + json.dumps(GIVEN), "No answer from http://127.0.0.1:1"),
    ([], GIVEN, "No answer from http://127.0.0.1:1"),
    (["http://"], GIVEN, "No answer from http:"),
    (["--only", "magic"], GIVEN, "There is no attack 'magic'"),
    (["--ready", "/no/such/file"], "", "cannot be read"),
]


@pytest.mark.parametrize(("arguments", "message", "sentence"), WRONG, ids=[wrong[2][:30] for wrong in WRONG])
def test_what_cannot_be_is_one_sentence(
    terminal: Terminal, arguments: list[str], message: object, sentence: str
) -> None:
    code, out, err = terminal.attack(*arguments, message=message)
    assert (code, out) == (2, "")
    assert err.startswith("labserver: ") and sentence in err and err.count("\n") == 1


def test_a_wrong_password_proves_nothing(terminal: Terminal, server: Server) -> None:
    message = {"url": server.url, "users": {**accounts(server), "ada": {"password": "not this one"}}}
    code, out, err = terminal.attack("--only", "fixation", message=message)
    assert (code, out) == (2, "")
    assert "answers 401 to ada, who has to get in honestly" in err
    assert "not this one" not in err


def test_a_wrong_key_proves_nothing(terminal: Terminal, server: Server) -> None:
    code, _, err = terminal.attack("--only", "expired", message={**server.ready, "lab_key": "guessed"})
    assert code == 2 and "is the lab key this server's?" in err


def test_a_certificate_that_nobody_vouches_for(terminal: Terminal, servers: StartServer) -> None:
    code, _, err = terminal.attack("--only", "alg_none", message={**servers("--tls").ready, "ca": None})
    assert code == 2 and "vouched for by nobody" in err
