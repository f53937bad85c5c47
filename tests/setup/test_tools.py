"""The tools that write down what a run gave: asked for help, they run and write nothing."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from labserver.kit.lab import Lab
from labserver.kit.processes.other_sites import OtherSites

WRITE = {
    "claims": "docs/claims.md",
    "stored": "labserver/kit/redis.json",
    "stored_browser": "labserver/kit/browser/browser.json",
}


@pytest.mark.parametrize(("option", "code"), [("--help", 0), ("--no-such-option", 2)])
@pytest.mark.parametrize("tool", WRITE)
def test_a_tool_that_is_asked_for_help_runs_nothing(
    tool: str, option: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for server in (Lab, OtherSites):
        monkeypatch.setattr(server, "start", lambda *_, **__: pytest.fail("it starts a server"))
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: pytest.fail("it writes a file"))
    with pytest.raises(SystemExit) as end:
        importlib.import_module(f"tools.{tool}").main([option])
    assert end.value.code == code
    printed = capsys.readouterr()
    assert f"python -m tools.{tool} [-h]" in printed.out + printed.err
    assert code or WRITE[tool] in " ".join(printed.out.split()), "and says what it would write"
