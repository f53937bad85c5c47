"""schemathesis walks /openapi.json with all its checks, every operation, with credentials and without.

`schemathesis.toml` holds the settings and their reasons. Its coverage phase tries the limits of each field.
Random bodies are sent by test_hostile.py, to every operation; `EXAMPLES=100` adds schemathesis's own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, StartServer

FOLDER = Path(__file__).parent
LIMIT = 600  # seconds; a busy machine takes minutes, an idle one half of one


@pytest.mark.parametrize("known", [False, True], ids=["without", "with"])
def test_schemathesis_finds_nothing(servers: StartServer, tmp_path: Path, known: bool) -> None:
    server = servers()
    examples = os.environ.get("EXAMPLES")
    phases = "examples,coverage,fuzzing" if examples else "examples,coverage"
    variables = dict(os.environ, PYTHONPATH=str(ROOT), NO_PROXY="*")
    if known:
        variables |= {"SCHEMATHESIS_HOOKS": "tests.security.schemathesis_logs_in", "LAB_URL": server.url}
        variables |= {"LAB_PASSWORD": server.password("ada"), "LAB_KEY": server.ready["lab_key"]}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(FOLDER / "schemathesis.toml")),
            *("run", f"{server.url}/openapi.json", "--checks", "all", "--phases", phases),
            *("--max-examples", examples or "3", "--generation-deterministic", "--no-color"),
        ],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    output = done.stdout[-6000:] + done.stderr[-2000:]
    assert done.returncode == 0, output
    selected, tested = (
        int(re.search(rf"{word}: (\d+)", done.stdout)[1])  # type: ignore[index]
        for word in ("Selected", "Tested")
    )
    assert selected == tested > 50, output
