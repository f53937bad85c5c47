"""What a user has set, in variables, files and folders, does not reach our programs unless it should."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labserver.runtime.child_environment import installer, plain, same_python
from launcher import entry_point, environment
from launcher import installer as package_installer
from launcher.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
NO_HOME = ["unshare", "-U", "--map-user=4242"]
"""Runs a command as a user of whom /etc/passwd knows nothing."""

THEIRS = {
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONHOME": "/their/python",
    "PYTHONSTARTUP": "/their/start.py",
    "PYTHONINSPECT": "1",
    "PYTHONBREAKPOINT": "their.debugger",
    "PYTHONPLATLIBDIR": "their-lib",
    "PYTHONUSERBASE": "/their/base",
    "PYTHONIOENCODING": "utf-16",
    "VIRTUAL_ENV": "/their/environment",
    "JUPYTER_CONFIG_DIR": "/their/jupyter",
    "JUPYTER_CONFIG_PATH": "/their/jupyter",
    "JUPYTERLAB_DIR": "/their/jupyterlab",
    "IPYTHONDIR": "/their/ipython",
    "MPLBACKEND": "their_backend",
    "MATPLOTLIBRC": "/their/matplotlibrc",
    "PYTEST_ADDOPTS": "--their-option",
    "PYTEST_PLUGINS": "their_plugin",
    "FLASK_DEBUG": "1",
    "LOCUST_SKIP_MONKEY_PATCH": "1",
    "MYPYPATH": "/their/types",
    "RUFF_CONFIG": "/their/ruff.toml",
    "FORCE_COLOR": "1",
}
PASSED_ON = {
    "HTTPS_PROXY": "http://proxy.example:8080",
    "SSL_CERT_FILE": "/their/certificates.pem",
    "REQUESTS_CA_BUNDLE": "/their/certificates.pem",
    "LC_ALL": "de_DE.UTF-8",
    "TMPDIR": "/their/temporary",
    "NO_COLOR": "1",
    "BROWSER": "their-browser",
}
PLACES = {"PIP_TARGET": "/t", "PIP_PREFIX": "/t", "PIP_ROOT": "/t", "PIP_PYTHON": "/t", "PIP_DRY_RUN": "1"}
PLACES |= {"PIP_REQUIRE_VIRTUALENV": "1", "PIP_CONSTRAINT": "/t", "UV_PYTHON": "3.9", "UV_CONSTRAINT": "/t"}
PLACES |= {"UV_SYSTEM_PYTHON": "1", "UV_NO_BINARY": "1", "UV_EXCLUDE_NEWER": "2020-01-01"}
SOURCES = {"PIP_INDEX_URL": "https://m.example", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
SOURCES |= {"PIP_CONFIG_FILE": "/pip.conf", "PIP_CERT": "/c.pem", "PIP_CACHE_DIR": "/cache"}
SOURCES |= {"UV_DEFAULT_INDEX": "https://m.example", "UV_INDEX_MIRROR_PASSWORD": "hush", "UV_OFFLINE": "1"}


@pytest.fixture
def made(tmp_path: Path) -> Environment:
    """A clone whose environment is this test's own."""
    return Environment(tmp_path)


@pytest.mark.parametrize("name", THEIRS)
def test_what_is_theirs_stays_out(name: str) -> None:
    assert plain({name: THEIRS[name]}) == {}
    assert installer({name: THEIRS[name]}) == {}


@pytest.mark.parametrize("name", PASSED_ON)
def test_what_a_program_needs_to_know_is_passed_on(name: str) -> None:
    variables = {name: PASSED_ON[name]}
    assert plain(variables) == installer(variables) == variables
    assert same_python(variables)[name] == variables[name]


@pytest.mark.parametrize("name", PLACES)
def test_an_installer_does_not_get_where_or_what(name: str) -> None:
    assert installer({name: PLACES[name]}) == {}


@pytest.mark.parametrize("name", SOURCES)
def test_an_installer_knows_where_from(name: str) -> None:
    assert installer({name: SOURCES[name]}) == {name: SOURCES[name]}


def test_the_same_python_finds_what_it_finds_now() -> None:
    found = same_python({"PYTHONPATH": os.pathsep.join(["", ".", "work", os.sep + "far"])}, "ours")
    assert found["PYTHONPATH"] == f"ours{os.pathsep}{os.sep}far", "what is relative is the notebook's folder"
    assert found["PYTHONSAFEPATH"] == "1"
    assert same_python({"PYTHONUSERBASE": "/base"})["PYTHONUSERBASE"] == "/base"


BARE = str(getattr(sys, "_base_executable", sys.executable))
"""The Python that this environment was made from: nothing of ours is on its path, as for run.py."""


@pytest.mark.parametrize("options", [["-P"], ["-I"], ["-O"], ["-W", "error"]], ids=" ".join)
def test_run_py_runs_with_any_option_of_python(options: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [BARE, *options, ROOT / "run.py", "--help"],
        cwd=tmp_path,
        env=plain(os.environ),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "python3 run.py doctor" in done.stdout


@pytest.mark.parametrize("name", ["PYTHONSAFEPATH", "PYTHONOPTIMIZE", "PYTHONDEVMODE", "PYTHONWARNINGS"])
def test_run_py_runs_with_any_variable_of_python(name: str, tmp_path: Path) -> None:
    value = "error" if name == "PYTHONWARNINGS" else "2"
    link = tmp_path / "run.py"
    link.symlink_to(ROOT / "run.py")
    done = subprocess.run(
        [BARE, link, "--help"],
        cwd=tmp_path,
        env={**plain(os.environ), name: value},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


OPEN = """
import json, subprocess, sys
from pathlib import Path
from launcher import lab
from launcher.environment import Environment
Environment.python = Path(sys.executable)
sys.exit(lab.open_lab(Path(sys.argv[1]), None, False))
"""


def opens(root: Path, start: list[str], variables: dict[str, str]) -> str:
    """Open the lab as run.py does; gives what it says first. It ends with the one who reads that."""
    (root / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "00-start-here.ipynb", root / "notebooks")
    shutil.copytree(ROOT / "launcher", root / "launcher")
    with subprocess.Popen(
        [*start, sys.executable, "-c", OPEN, str(root)],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout and child.stderr
        said = child.stdout.readline()
        child.terminate()
        return said or child.stderr.read()


@pytest.mark.parametrize("theirs", [{"PYTHONOPTIMIZE": "2"}, {"PYTHONWARNINGS": "error"}], ids=str)
def test_the_lab_opens_whatever_is_set(tmp_path: Path, theirs: dict[str, str]) -> None:
    assert "The lab is open at" in opens(tmp_path, [], {**os.environ, **theirs})


def without_a_home() -> list[str]:
    if not shutil.which("unshare") or subprocess.run([*NO_HOME, "true"], capture_output=True).returncode:
        pytest.skip("no user without a name can be had here")
    return NO_HOME


HOMELESS = {name: value for name, value in os.environ.items() if name not in ("HOME", "USER", "LOGNAME")}


def test_the_lab_opens_for_a_user_without_a_home(tmp_path: Path) -> None:
    assert "The lab is open at" in opens(tmp_path, without_a_home(), HOMELESS)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["-m", "labserver", "doctor"], 0, "Chromium"),
        (["-c", "from labserver import Lab\nwith Lab.start() as lab: print(lab)"], 0, "Lab on http"),
        (["-m", "labserver", "user", "add", "ada"], 2, "say with --home"),
    ],
    ids=["doctor", "lab", "accounts"],
)
def test_a_user_without_a_home(words: list[str], code: int, says: str) -> None:
    done = subprocess.run(
        [*without_a_home(), sys.executable, *words],
        cwd=ROOT,
        env=HOMELESS,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert says in done.stdout + done.stderr and "Traceback" not in done.stderr


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """The command as it stands in .venv, with a Python beside it that is this one."""
    folder = tmp_path / "a folder" / "bin"
    folder.mkdir(parents=True)
    (folder / "labserver").write_text(entry_point.COMMAND)
    (folder / "labserver").chmod(0o755)
    (folder / "python").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "$@"\n')
    (folder / "python").chmod(0o755)
    return folder / "labserver"


@pytest.mark.skipif(sys.platform == "win32", reason="a symbolic link is a POSIX matter")
@pytest.mark.parametrize("absolute", [True, False])
def test_the_command_works_behind_symbolic_links(command: Path, absolute: bool) -> None:
    far = command.parents[2] / "far" / "bin"
    far.mkdir(parents=True)
    (far / "first").symlink_to(command if absolute else os.path.relpath(command, far))
    (far / "second").symlink_to("first")
    done = subprocess.run([far / "second", "--help"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: labserver" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows it is another file")
def test_the_command_keeps_the_users_settings_out(command: Path, tmp_path: Path) -> None:
    """Neither a variable nor a file where one stands; but what the terminal can show still holds."""
    (tmp_path / "argparse.py").write_text("raise SystemExit('theirs')")
    theirs = THEIRS | {"PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [command, "load", "--help"], cwd=tmp_path, env={**os.environ, **theirs}, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"N,N,\\u2026" in done.stdout


WHEEL = """
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as file:
    file.writestr("onlyatest.py", "")
    about = "onlyatest-1.dist-info/"
    file.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: onlyatest\\nVersion: 1\\n")
    file.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    file.writestr(about + "RECORD", "onlyatest.py,,\\n" + "".join(f"{about}{n},,\\n" for n in "METADATA WHEEL RECORD".split()))
"""  # noqa: E501


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A clone whose lock asks for one package, which lies in a folder: no network is needed."""
    import hashlib

    wheel = tmp_path / "wheels" / "onlyatest-1-py3-none-any.whl"
    wheel.parent.mkdir()
    subprocess.run([sys.executable, "-c", WHEEL, str(wheel)], check=True)
    root = tmp_path / "the clone"
    root.mkdir()
    pin = f"onlyatest==1 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    (root / "requirements.lock").write_text(pin)
    (root / "pyproject.toml").write_text('[project]\nversion = "1.2"\n')
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(wheel.parent))
    monkeypatch.setattr(environment, "check_room", lambda root: None)
    return Environment(root)


@pytest.mark.parametrize(
    "settings",
    ["target = {0}\nprefix = {0}\nrequire-virtualenv = true", "prefix = {0}\nuser = true"],
    ids=["target", "prefix"],
)
def test_a_pip_conf_does_not_say_where_packages_go(
    clone: Environment, settings: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text("[global]\n" + settings.format(tmp_path / "elsewhere"))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(conf))
    monkeypatch.setattr(
        package_installer.Installer, "_fetch_uv", lambda self, pins: "false"
    )  # then pip does it all
    monkeypatch.setattr(shutil, "which", lambda name: None)
    clone.make()
    assert (clone.packages / "onlyatest.py").exists()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("how", ["UV_CONFIG_FILE", "XDG_CONFIG_HOME"])
def test_a_uv_toml_does_not_say_where_packages_go(
    clone: Environment, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = tmp_path / "uv" / "uv.toml"
    conf.parent.mkdir()
    conf.write_text(f"[pip]\ntarget = {json.dumps(str(tmp_path / 'elsewhere'))}\n")
    monkeypatch.setenv(how, str(conf if how == "UV_CONFIG_FILE" else tmp_path))
    uv = Path(sys.executable).with_name("uv")
    monkeypatch.setattr(shutil, "which", lambda name: str(uv))
    clone.make()
    assert (clone.packages / "onlyatest.py").exists()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(("text", "elsewhere"), [("[pip]\nprefix = 'x'", True), ("no-index = true", False)])
def test_a_uv_toml_that_names_an_index_is_heard(
    text: str, elsewhere: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uv.toml").write_text(text)
    monkeypatch.delenv("UV_CONFIG_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert package_installer.uv_installs_elsewhere() is elsewhere


def test_an_old_environment_gets_a_new_command(clone: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = clone.wanted()
    monkeypatch.setattr(environment, "COMMAND", "#!/bin/sh\n")
    assert clone.wanted() != wanted


def test_a_kernel_is_not_disturbed_by_a_learners_own_files(tmp_path: Path) -> None:
    from jupyter_client.manager import KernelManager

    from launcher.kernels import Kernels

    (tmp_path / "fnmatch.py").write_text("raise SystemExit('theirs')")
    (tmp_path / "requests.py").write_text("raise SystemExit('theirs')")
    (tmp_path / "mine.py").write_text("answer = 42")
    manager = KernelManager(kernel_spec_manager=Kernels())
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        answer = client.execute("import mine; from labserver import Lab", reply=True, timeout=60)
        assert answer["content"]["status"] == "ok", "a learner's own module can be imported as ever"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_plot_is_the_same_whatever_matplotlibrc_says(tmp_path: Path) -> None:
    draw = (
        "from labserver.kit.display.plot import Plot\n"
        "print(Plot('One', ['x', 'y'], [[1, 2]], lambda axes: axes.plot([1, 2])).svg)"
    )
    pictures = []
    for text in ("", "path.sketch: 1, 100, 2\naxes.formatter.limits: 0, 0\n"):
        (tmp_path / "matplotlibrc").write_text(text)
        done = subprocess.run(
            [sys.executable, "-c", draw],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        pictures.append(re.sub(r'="[^"]*clip[^"]*"', "", done.stdout))
    assert pictures[0] == pictures[1]
