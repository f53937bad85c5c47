"""The environment is made once, picked up after an interruption, and made again when it no longer fits."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labserver.runtime.command import CommandFailed
from launcher import environment, installer
from launcher.environment import Environment
from launcher.progress import Progress

PINS = """\
flask==3.1.3 \\
    --hash=sha256:aa
uv==0.13.9 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
werkzeug==3.1.9 \\
    --hash=sha256:dd
"""
OFFLINE = ["error: Failed to fetch", "dns error: failed to lookup address information"]


class Steps:
    """Stands in for the installers: makes real empty environments, remembers the rest, fails on request."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.answers: dict[str, list[str] | BaseException] = {}

    def __call__(
        self,
        command: list[str],
        handle: int,
        progress: Progress,
        variables: dict[str, str],
        read: Callable[[str], str] = str,
    ) -> tuple[int, list[str]]:
        words = " ".join(command)
        step = (
            "venv"
            if "-m venv" in words
            else "pip"
            if "ensurepip" in words
            else "fetch uv"
            if "uv.txt" in words
            else "uv install"
            if " pip install --python" in words
            else "pip install"
        )
        self.taken.append(step)
        answer = self.answers.get(step)
        if isinstance(answer, BaseException):
            raise answer
        if answer is not None:
            return 1, answer
        if step == "venv":
            subprocess.run(command, check=True)
        return 0, []


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    stand_in = Steps()
    monkeypatch.setattr(installer, "run", stand_in)
    monkeypatch.setattr(environment, "check_room", lambda root: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    return stand_in


@pytest.fixture
def made(tmp_path: Path) -> Environment:
    """An environment to be, in a folder with a space and letters from elsewhere."""
    root = tmp_path / "Söhne & Töchter 学"
    root.mkdir()
    (root / "requirements.lock").write_text(PINS, "utf-8")
    (root / "pyproject.toml").write_text('[project]\nversion = "1.2"\n', "utf-8")
    return Environment(root)


def test_a_first_set_up_takes_every_step_and_a_second_none(made: Environment, steps: Steps) -> None:
    made.make()
    assert steps.taken == ["venv", "pip", "fetch uv", "uv install"]
    assert made.ready()
    made.make()
    assert len(steps.taken) == 4


def test_uv_on_the_path_saves_two_steps(
    made: Environment, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/somewhere/uv")
    made.make()
    assert steps.taken == ["venv", "uv install"]


def test_pip_fetches_uv_by_its_own_hashes(made: Environment, steps: Steps) -> None:
    made.make()
    only = (made.folder / "uv.txt").read_text("utf-8")
    assert only == "uv==0.13.9 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"


def test_pip_has_the_last_word(made: Environment, steps: Steps) -> None:
    steps.answers["uv install"] = ["error: invalid peer certificate: UnknownIssuer"]
    made.make()
    assert steps.taken[-1] == "pip install"
    assert made.ready()


def test_a_full_disk_is_not_filled_twice(made: Environment, steps: Steps) -> None:
    steps.answers["uv install"] = ["No space left on device (os error 28)"]
    with pytest.raises(CommandFailed, match="make room"):
        made.make()
    assert steps.taken[-1] == "uv install"
    assert not made.ready()


@pytest.mark.parametrize("step", ["fetch uv", "uv install"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OFFLINE], ids=["interrupted", "offline"])
def test_a_set_up_that_did_not_end_is_made_again(
    made: Environment,
    steps: Steps,
    step: str,
    failure: BaseException | list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    steps.answers[step] = failure
    steps.answers["pip install"] = OFFLINE
    with pytest.raises((KeyboardInterrupt, CommandFailed)):
        made.make()
    assert not made.ready()
    half = made.packages / "half.py"
    half.write_text("half of a pack", "utf-8")
    steps.answers.clear()
    steps.taken.clear()
    made.make()
    assert "did not get to its end" in capsys.readouterr().out
    assert steps.taken[0] == "venv"
    assert made.ready()
    assert not half.exists()


def test_a_new_lock_is_installed_into_the_same_environment(made: Environment, steps: Steps) -> None:
    made.make()
    steps.taken.clear()
    made.lock.write_text(PINS.replace("3.1.3", "3.1.4"), "utf-8")
    assert not made.ready()
    made.make()
    assert steps.taken == ["pip", "fetch uv", "uv install"]
    assert made.ready()


def test_a_new_version_is_known_by_its_number(made: Environment, steps: Steps) -> None:
    made.make()
    (made.root / "pyproject.toml").write_text('[project]\nversion = "1.3"\n', "utf-8")
    made.make()
    ask = "from importlib.metadata import version; print(version('labserver'))"
    done = subprocess.run([made.python, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout == "1.3\n"


def test_interrupted_between_two_locks_it_is_neither(made: Environment, steps: Steps) -> None:
    made.make()
    made.lock.write_text(PINS.replace("3.1.3", "3.1.4"), "utf-8")
    steps.answers["uv install"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        made.make()
    made.lock.write_text(PINS, "utf-8")  # back to the old lock: the environment may hold half of the new one
    assert not made.ready()


def test_a_moved_folder_is_made_again(
    made: Environment, steps: Steps, capsys: pytest.CaptureFixture[str]
) -> None:
    made.make()
    moved = Environment(made.root.rename(made.root.with_name("elsewhere")))
    assert not moved.ready()
    moved.make()
    assert "was moved" in capsys.readouterr().out
    assert moved.ready()


def test_another_python_is_made_again(
    made: Environment, steps: Steps, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made.make()
    made.stamp.write_text(made.stamp.read_text("utf-8").replace('"cpython 3.', '"cpython 2.'), "utf-8")
    assert not made.ready()
    made.make()
    assert "Python has changed" in capsys.readouterr().out
    assert made.ready()


def test_a_python_that_went_away_is_noticed(made: Environment, steps: Steps, tmp_path: Path) -> None:
    made.make()
    config = made.folder / "pyvenv.cfg"
    config.write_text(f"home = {tmp_path / 'gone'}\n", "utf-8")
    assert not made.ready()


@pytest.mark.parametrize("stamp", ["", "{", "[]", '{"lock": 1}'])
def test_a_stamp_that_cannot_be_read_counts_as_none(made: Environment, steps: Steps, stamp: str) -> None:
    made.make()
    made.stamp.write_text(stamp, "utf-8")
    assert not made.ready()
    made.make()
    assert made.ready()


def test_a_python_without_venv_gets_a_message_what_to_install(
    made: Environment, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "venv", None)
    with pytest.raises(CommandFailed, match="sudo apt install python"):
        made.make()
    assert steps.taken == []


def test_the_lab_can_be_imported_and_typed_from_anywhere(
    made: Environment, steps: Steps, tmp_path: Path
) -> None:
    made.make()
    package = made.root / "labserver"
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    (package / "__main__.py").write_text("import sys; print(sys.argv[1:])", "utf-8")
    plain = made.variables(tmp_path / "state")
    command = made.bin / ("labserver.cmd" if sys.platform == "win32" else "labserver")
    for start in ([made.python, "-m", "labserver"], [command]):
        done = subprocess.run(
            [*start, "a b"], cwd=tmp_path, env=plain, capture_output=True, text=True, check=True
        )
        assert done.stdout == "['a b']\n"


def test_variables_keep_the_readers_own_settings_out(
    made: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/their/modules")
    monkeypatch.setenv("JUPYTER_PATH", "/their/kernels")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", "/their/jupyter")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    state = tmp_path / "not" / "yet"
    found = made.variables(state)
    assert state.is_dir()
    assert found["PATH"].startswith(str(made.bin))
    assert not {"PYTHONPATH", "JUPYTER_PATH", "PYTHONDONTWRITEBYTECODE"} & set(found)
    ours = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")
    assert [name for name in ours if not found[name].startswith(str(state))] == []


def test_an_installers_place_is_ours_and_its_index_the_readers(
    made: Environment, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_TARGET", "/their/place")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    found = installer.Installer(made, 0)._variables()
    assert "PIP_TARGET" not in found
    assert found["PIP_USER"] == "0"
    assert found["PIP_INDEX_URL"] == "https://mirror.example/simple"
