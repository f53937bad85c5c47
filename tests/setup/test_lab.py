"""JupyterLab as a learner gets it: on loopback, behind its token, outputs trusted, gone when it should be."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import lab
from launcher.environment import Environment
from launcher.working_copies import WorkingCopies

ROOT = Path(__file__).resolve().parents[2]
FIRST = "work/00-start-here.ipynb"

NOTEBOOK = """{"cells": [{"cell_type": "code", "id": "a", "execution_count": 1, "metadata": {}, "source": "1",
"outputs": [{"output_type": "display_data", "metadata": {}, "data": {"text/html": "<b>1</b>"}}]}],
"metadata": {}, "nbformat": 4, "nbformat_minor": 5}"""

# What run.py does, but for the environment, which is the one that runs this test.
OPEN = """
import sys
from pathlib import Path
from launcher import lab
from launcher.environment import Environment
Environment.python = Path(sys.executable)
sys.exit(lab.open_lab(Path(sys.argv[1]), None, False, with_outputs=True))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00-start-here.ipynb").write_text(NOTEBOOK, "utf-8")
    (tmp_path / "notebooks" / "01-broken.ipynb").write_text('{"cells": [', "utf-8")
    shutil.copytree(ROOT / "launcher", tmp_path / "launcher")
    return tmp_path


@pytest.fixture
def opened(root: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A running lab: the process, its address, its token."""
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(root)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        too_slow = threading.Timer(280, child.kill)
        too_slow.start()
        try:
            assert child.stdout is not None
            said = child.stdout.readline()
            log = root / "work" / ".jupyter" / "jupyterlab.log"
            found = re.fullmatch(
                rf"The lab is open at (http://127\.0\.0\.1:\d+)/lab/tree/{FIRST}\?token=(\w+)\n",
                said,
            )
            assert found, said + log.read_text("utf-8")
            yield child, found[1], found[2]
        finally:
            too_slow.cancel()
            child.kill()


def ask(address: str, token: str) -> int:
    request = urllib.request.Request(address, headers={"Authorization": f"token {token}"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def gone(address: str) -> bool:
    """Wait for the port to close; a lab that stays keeps the test waiting until its patience ends."""
    patience = threading.Event()
    for _ in range(600):
        try:
            ask(address + "/api", "")
        except OSError:
            return True
        patience.wait(0.1)
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are a POSIX matter")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -9)])
def test_a_lab_opens_and_ends_however_run_py_ends(
    opened: tuple[subprocess.Popen[str], str, str], number: signal.Signals, code: int
) -> None:
    child, address, token = opened
    assert ask(address + "/api/sessions", token) == 200
    assert ask(address + "/api/sessions", "wrong") == 403
    contents = urllib.request.Request(  # noqa: S310
        f"{address}/api/contents/{FIRST}", headers={"Authorization": f"token {token}"}
    )
    with urllib.request.urlopen(contents, timeout=60) as answer:  # noqa: S310
        cells = json.load(answer)["content"]["cells"]
    assert cells[0]["metadata"]["trusted"] is True
    child.send_signal(number)
    assert child.stdout is not None
    rest = child.stdout.read()
    assert child.wait() == code
    assert "Traceback" not in rest
    assert gone(address)


@pytest.mark.skipif(sys.platform == "win32", reason="login shells are a POSIX matter")
def test_a_terminal_in_jupyterlab_finds_the_commands_of_the_lab(
    opened: tuple[subprocess.Popen[str], str, str],
) -> None:
    child, address, token = opened
    websocket = pytest.importorskip("websocket")
    new = urllib.request.Request(  # noqa: S310
        f"{address}/api/terminals", b"{}", {"Authorization": f"token {token}"}
    )
    with urllib.request.urlopen(new, timeout=60) as answer:  # noqa: S310
        name = json.load(answer)["name"]
    place = f"{address.replace('http', 'ws', 1)}/terminals/websocket/{name}?token={token}"
    line = websocket.create_connection(place, timeout=60)
    try:
        typed = 'case "$PATH" in *"$VIRTUAL_ENV"/bin*) echo is-"there";; *) echo is-"lost";; esac\r'
        line.send(json.dumps(["stdin", typed]))
        shown = ""
        while "is-there" not in shown and "is-lost" not in shown:
            kind, *text = json.loads(line.recv())
            shown += text[0] if kind == "stdout" else ""
    finally:
        line.close()
        child.send_signal(signal.SIGINT)
        child.wait()
    assert "is-there" in shown


def test_the_command_line_keeps_the_lab_to_this_computer(root: Path) -> None:
    words = lab.command(Environment(root), WorkingCopies(root), 8890, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in words
    assert "--ServerApp.open_browser=False" in words
    assert {"--ServerApp.port=8890", "--ServerApp.port_retries=0"} <= set(words)
    assert not [word for word in words if "token" in word or "password" in word]


def test_no_news_are_fetched() -> None:
    settings = json.loads((ROOT / "launcher" / "jupyter" / "overrides.json").read_text("utf-8"))
    news = settings["@jupyterlab/apputils-extension:notification"]
    assert news == {"fetchNews": "false", "checkForUpdates": False}


@pytest.mark.parametrize(
    ("log", "port", "says"),
    [
        (
            "[C] ERROR: the Jupyter server could not be started because port 8890 is already in use",
            8890,
            "Port 8890",
        ),
        ("first\nImportError: no module named x\n\n", None, "ImportError: no module named x"),
        ("", None, "it said nothing"),
    ],
)
def test_a_lab_that_does_not_start_says_why(tmp_path: Path, log: str, port: int | None, says: str) -> None:
    path = tmp_path / "log"
    path.write_text(log, "utf-8")
    assert says in lab.why_not(path, port)


def test_a_newer_original_is_reported_in_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copies = WorkingCopies(root)
    lab.hand_out(copies)
    assert capsys.readouterr().out == ""
    (copies.folder / "00-start-here.ipynb").write_text("mine", "utf-8")
    (copies.originals / "00-start-here.ipynb").write_text(NOTEBOOK.replace('"1"', '"2"'), "utf-8")
    lab.hand_out(copies)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "00-start-here" in said and "run.py restore" in said
