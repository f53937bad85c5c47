"""docs/security.md, rows L1 to L6: the learner's machine is left as it was."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
import requests

from tests.conftest import ROOT, StartServer
from tests.contract.clients import Client, present, segment
from tests.contract.workshop import Workshop
from tests.process.processes import STARTER, Started, answers, run
from tests.process.processes import server as started_server
from tests.security.conftest import Normal

# Notes down every address that the server's Python asks for or connects to.
LISTENER = """
import sys, os
file = os.open(os.environ["NETWORK_NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
        os.write(file, f"{event} {arguments[-1 if event == 'socket.connect' else slice(0, 2)]!r}\\n".encode())
sys.addaudithook(note)
"""


def test_L1_only_this_machine_is_listened_to(normal: Normal) -> None:
    listening = [
        it.laddr.ip
        for process in (
            psutil.Process(normal.started.process.pid),
            *psutil.Process(normal.started.process.pid).children(),
        )
        for it in process.net_connections("tcp")
        if it.status == "LISTEN"
    ]
    assert set(listening) == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("--host 192.0.2.1", "add --tls"),
        ("--host 0.0.0.0", "every address at once"),
        ("--host ::", "every address at once"),
        ("--host 0.0.0.0 --tls", "every address at once"),
        ("--lab --host 192.0.2.1 --tls", "Lab mode is for this machine only"),
        ("--lab --host 0.0.0.0 --tls", "every address at once"),
    ],
)
def test_L1_other_addresses_need_tls_and_are_never_a_lab_s(options: str, why: str) -> None:
    refused = run("serve", *options.split(), "--port", "0", stdin=subprocess.DEVNULL)
    assert refused.returncode == 2
    assert why in refused.stderr, "and not only because this machine has no such address"
    assert refused.stdout == "" and refused.stderr.count("\n") == 1


def test_L2_a_weakness_is_one_named_switch(servers: StartServer) -> None:
    weak, strong = servers("--weak", "alg-none"), servers()
    forged = {}
    for server in (weak, strong):
        bench = Workshop(server)
        header = segment(bench.header | {"alg": "none"})
        forged[server] = f"{header}.{segment(bench.payload | {'sub': 'grace', 'role': 'admin'})}."
    assert present(weak, forged[weak], "/token/admin").status_code == 200, "its own attack works"
    assert present(strong, forged[strong], "/token/admin").status_code == 401
    assert present(strong, forged[weak], "/token/admin").status_code == 401
    with Client(weak) as anybody, Client(strong) as elsewhere:
        for path in ("/", "/app/", "/site/"):
            page = anybody.get(path)
            assert page.headers["X-Lab-Weak"] == "alg-none"
            assert "Weak on purpose" in page.text
            assert "X-Lab-Weak" not in elsewhere.get(path).headers
            assert "Weak on purpose" not in elsewhere.get(path).text
        for path in ("/healthz", "/token/me", "/nothing", "/session/login"):
            assert anybody.get(path).headers["X-Lab-Weak"] == "alg-none"
        style = requests.get(f"{weak.url}/static/pages.css", timeout=30)
        assert style.headers["X-Lab-Weak"] == "alg-none"
    assert weak.url != strong.url
    kids = [{key["kid"] for key in one.control("GET", "/state")["keys"]} for one in (weak, strong)]
    assert not kids[0] & kids[1], "its own keys"


def test_L2_it_needs_lab_mode_and_no_variable_turns_it_on(tmp_path: Path) -> None:
    refused = run("serve", "--weak", "alg-none", "--port", "0", stdin=subprocess.DEVNULL)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--weak needs --lab" in refused.stderr, "and not only by the next checks"
    names = [
        f"{prefix}{name}" for prefix in ("", "LABSERVER_", "LAB_") for name in ("WEAK", "WEAKNESS", "LAB")
    ]
    for value in ("1", "alg-none"):
        with started_server(tmp_path / value, variables=dict.fromkeys(names, value)) as lab:
            answer = requests.get(lab.ready["url"] + "/", timeout=30)
            assert "X-Lab-Weak" not in answer.headers
            assert "Weak on purpose" not in answer.text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_L3_secrets_on_disk_are_their_owner_s_alone(tmp_path: Path, normal: Normal) -> None:
    old = os.umask(0)  # a careless one
    try:
        with started_server(tmp_path / "temp", "--tls", "--denylist") as lab:
            requests.get(lab.ready["url"] + "/site/", verify=lab.ready["ca"], timeout=30)
            (home,) = lab.homes
            homes = [home, normal.home]
            files = [path for each in homes for path in each.rglob("*") if path.is_file()]
            folders = [path for each in homes for path in each.rglob("*") if path.is_dir()]
            assert len(files) >= 6
            for folder in homes:
                assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
            for folder in folders:
                assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
            for file in files:
                holds_secrets = file.name not in ("owner", "shared-state", "server.log")
                assert not holds_secrets or stat.S_IMODE(file.stat().st_mode) == 0o600, file
    finally:
        os.umask(old)


def test_L3_none_in_a_notebook_its_outputs_or_git() -> None:
    secret = re.compile(
        r"BEGIN (EC |RSA |OPENSSH |)PRIVATE" + r" KEY|\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{16}|"
        r"redis://:[A-Za-z0-9_-]{16}|\"lab_key\": \"[A-Za-z0-9_-]{43}\""
    )
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    tracked = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    files = tracked or [path for path in (ROOT / "notebooks").rglob("*.ipynb")]
    files += list((ROOT / "notebooks").glob("*.ipynb"))
    assert files
    for file in files:
        if file.is_file():
            found = secret.search(file.read_text(encoding="utf-8", errors="replace"))
            assert found is None, file.relative_to(ROOT)


def test_L4_nothing_stays_behind(tmp_path: Path) -> None:
    """The starter goes without a word; tests/process has all the other ways to end."""
    command = ["-m", "labserver", "serve", "--lab", "--exit-with-stdin"]
    started = Started(tmp_path / "temp", sys.executable, "-c", STARTER, *command)
    try:
        started.wait_until_ready()
        assert answers(started.port)
        started.process.kill()
        started.process.wait()
        started.assert_nothing_is_left()
    finally:
        started.end()


def test_L5_other_servers_cookies_are_never_kept(tmp_path: Path) -> None:
    """A browser sends Jupyter's cookies to every port of this machine."""
    jupyter = (
        "_xsrf=2|aabbccdd|eavesdropped; username-127-0-0-1-8888=eavesdropped; jupyterhub-user=eavesdropped"
    )
    with started_server(tmp_path / "temp") as lab:
        url, who = lab.ready["url"], {"username": "ada", "password": lab.ready["users"]["ada"]["password"]}
        ada = requests.Session()
        login = ada.post(f"{url}/session/login", json=who, headers={"Cookie": jupyter}, timeout=30)
        sid = ada.cookies["sid"]
        ids = [login.headers["X-Trace-Id"]]
        texts = [login.text, str(login.headers)]
        for path in (
            "/session/me",
            "/site/",
            "/grid/opaque/cookie/me",
            "/session/admin",
            "/nothing",
            "/token/me",
        ):
            answer = requests.get(f"{url}{path}", headers={"Cookie": f"{jupyter}; sid={sid}"}, timeout=30)
            assert answer.status_code in (200, 401, 403, 404)
            texts += [answer.text, str(answer.headers)]
            ids.append(answer.headers["X-Trace-Id"])
        key = {"X-Lab-Key": lab.ready["lab_key"]}
        texts += [requests.get(f"{url}/lab/trace/{name}", headers=key, timeout=30).text for name in ids]
        texts += [requests.get(f"{url}/lab/state", headers=key, timeout=30).text, lab.log]
        assert all('"id"' in text for text in texts[-len(ids) - 2 : -2])
        (home,) = lab.homes
        kept = [file.read_bytes() for file in home.rglob("*") if file.is_file()]
        assert not [text for text in texts if "eavesdropped" in text]
        assert not [data for data in kept if b"eavesdropped" in data]
        assert requests.get(f"{url}/session/me", headers={"Cookie": f"{jupyter}; sid={sid}"}, timeout=30).ok


def test_L6_nothing_goes_out(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(LISTENER, encoding="utf-8")
    notes = tmp_path / "notes"
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    variables = {"PYTHONPATH": path, "NETWORK_NOTES": str(notes)}
    with started_server(tmp_path / "temp", "--tls", "--algorithm", "RS256", variables=variables) as lab:
        url, ca = lab.ready["url"], lab.ready["ca"]
        with requests.Session() as ada:
            ada.trust_env, ada.verify = False, ca
            who = {"username": "ada", "password": lab.ready["users"]["ada"]["password"]}
            ada.post(f"{url}/session/login", json=who, timeout=30)
            ada.post(f"{url}/token/login", json=who, timeout=30)
            for page in ("/", "/app/", "/site/", "/session/me", "/.well-known/jwks.json", "/openapi.json"):
                html = ada.get(f"{url}{page}", timeout=30).text
                assert not re.search(r"(src|href|action)=[\"'](https?:)?//", html), (
                    "pages load from here alone"
                )
            remote = {
                connection.raddr.ip
                for process in lab.family
                for connection in process.net_connections("inet")
                if connection.raddr
            }
        assert remote <= {"127.0.0.1", "::1"}
    noted = notes.read_text(encoding="utf-8").splitlines()
    assert noted, "the notes are taken: the server asks itself whether it answers"
    assert not [line for line in noted if "127.0.0.1" not in line and "::1" not in line], noted
