"""On a server that is different, verdicts differ: they are computed from what was seen."""

from __future__ import annotations

from typing import Any

import pytest

from labserver.kit.exercises.claims import CLAIMS, Stage
from labserver.kit.lab import Lab
from labserver.kit.processes.in_process import InProcessServer

FLIPS: list[tuple[str, dict[str, Any], str]] = [
    ("logging-out-kills-a-jwt", {"denylist": True}, "true"),
    ("a-denylist-brings-the-state-back", {"denylist": False}, "false"),
    ("tokens-touch-no-database", {"denylist": True}, "false"),
    ("a-good-signature-means-valid", {"weak": "no-audience"}, "depends"),
    ("a-good-signature-means-valid", {"weak": "no-expiry"}, "depends"),
    ("alg-none-is-history", {"weak": "alg-none"}, "false"),
    ("alg-none-is-history", {"weak": None}, "true"),
    ("a-hash-of-the-token-is-a-safe-key", {"algorithm": "EdDSA"}, "true"),
    ("rotation-exposes-a-thief", {"weak": "no-reuse-detection"}, "false"),
    ("rotation-catches-thieves", {"weak": "no-reuse-detection"}, "false"),
    ("a-short-life-solves-theft", {"access_seconds": 3600}, "false"),
    ("the-id-must-change-at-login", {"weak": "no-regeneration"}, "depends"),
    ("the-id-must-change-at-login", {"weak": None}, "depends"),
    ("csrf-follows-the-carrier", {"weak": None}, "false"),
    ("a-json-api-cannot-be-hit-by-csrf", {"weak": None}, "true"),
    ("a-session-dies-with-the-process", {"store": "sqlite"}, "false"),
]


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch, quick_passwords: None) -> None:
    """Let a lab have its server inside this process, if the claim does not want to kill it."""
    start = Lab.start

    def start_here(**options: Any) -> Lab:
        if options.keys() & {"kept", "workers"}:
            return start(**options)
        return Lab(InProcessServer(**options))

    monkeypatch.setattr(Lab, "start", start_here)


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("name", "changed", "verdict"), FLIPS, ids=[f"{name}: {changed}" for name, changed, _ in FLIPS]
)
def test_a_verdict_follows_the_server(name: str, changed: dict[str, Any], verdict: str) -> None:
    with Stage(**changed) as stage:
        result = CLAIMS[name](stage)
    assert result.verdict == verdict, result.evidence
    assert not result.as_expected
