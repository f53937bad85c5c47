"""`labserver claims`: what it prints, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from labserver import cli
from labserver.kit.display.progress import Live
from labserver.kit.exercises.claims import CLAIMS
from labserver.kit.lab import Lab

QUICK = ["--only", "flask-keeps-its-session-on-the-server", "--only", "closing-the-browser-logs-out"]


def test_a_table_with_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["claims", *QUICK]) == 0
    out = capsys.readouterr().out
    assert (
        "Flask's `session` lives on the server.  false\n    what the cookie is: read without the key" in out
    )
    assert out.endswith("Verdicts of 2 claims: true 0, false 2, depends 0.\n")


def test_json_for_other_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["claims", "--json", *QUICK[:2]]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["name"], found["verdict"], found["as_expected"]) == (QUICK[1], "false", True)
    assert found["cases"][1] == {"where": "a copy after the logout", "held": False, "seen": "answered 200"}


def test_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["claims", "--html", *QUICK[:2]]) == 0
    out = capsys.readouterr().out
    assert out.startswith('<!doctype html><html lang="en">')
    assert "<th scope" in out and "Flask&#39;s session lives on the server." in out


def test_a_verdict_that_flips_is_exit_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLAIMS, QUICK[1], replace(CLAIMS[QUICK[1]], expected="true"))
    assert cli.main(["claims", *QUICK[:2]]) == 1
    out = capsys.readouterr().out
    assert "FALSE" in out and "NOT AS EXPECTED, which is true." in out
    assert out.endswith(f"Not as expected: {QUICK[1]}.\n")


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["claims", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CLAIMS)
    assert any(line.startswith("apis-need-jwts: APIs need JWTs. Call an API") for line in lines)


def test_an_unknown_claim_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["claims", "--only", "magic"]) == 2
    assert capsys.readouterr().err.startswith(
        "labserver: There is no claim 'magic'; `labserver claims --list`"
    )


def test_two_forms_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["claims", "--json", "--html"])
    assert end.value.code == 2


def test_a_server_that_does_not_start_is_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(**_: object) -> Lab:
        raise claims_error

    from labserver.kit.failures import StartFailed

    claims_error = StartFailed("the server did not start: because")
    monkeypatch.setattr(Lab, "start", start)
    assert cli.main(["claims", "--only", "a-jwt-is-encrypted"]) == 2
    assert capsys.readouterr().err == "labserver: The server did not start: because\n"


def test_interrupted_it_prints_what_it_has_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(live: Live, fraction: float, words: str) -> None:
        if fraction:
            raise KeyboardInterrupt

    monkeypatch.setattr(Live, "show", interrupted)
    assert cli.main(["claims", *QUICK]) == 130
    assert "Verdicts of 1 claims: true 0, false 1, depends 0." in capsys.readouterr().out
