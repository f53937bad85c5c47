"""One attack by itself, in a notebook; a server of somebody else's; what is shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from labserver.kit import attacks
from labserver.kit.attacks import Account, Attack, Target, TargetUnfit
from labserver.kit.display.fingerprint import fingerprint_of
from labserver.kit.display.progress import Live
from labserver.kit.lab import Lab
from labserver.kit.processes.client import client_of
from labserver.kit.processes.in_process import InProcessServer


@pytest.fixture(scope="module")
def lab(quick_passwords: None) -> Iterator[Lab]:
    with Lab(InProcessServer(weak="weak-key")) as started:
        yield started


def test_the_key_is_cracked_without_a_request(lab: Lab) -> None:
    result = attacks.weak_key(lab)
    assert result.got_in and result.tried
    assert "0 requests sent while guessing" in result.evidence
    assert [answer.request.path_url for answer in result.exchanges] == ["/token/login", "/token/me"]
    assert "sunshine" not in repr(result) + result._repr_html_(), "evidence is no place for a key"


def test_a_battery_shows_which_attack_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[float, str]] = []
    monkeypatch.setattr(Live, "show", lambda self, fraction, words, body="": shown.append((fraction, words)))
    alike = Attack(lambda scene: attacks.Finding(False, ""), "", "", None, "", "")
    target = Target("http://127.0.0.1:1", Account("ada", ""), Account("mallory", ""))
    attacks.battery(target, [alike, alike])
    assert shown == [(0.0, alike.name), (0.5, alike.name)]


def test_a_result_reads_well(lab: Lab) -> None:
    result = attacks.fixation(lab)
    assert repr(result).splitlines()[0] == "fixation: kept out"
    assert "Plant an id in the victim's browser" in repr(result)
    assert "OWASP ASVS 5.0, 7.2.4" in repr(result)
    assert result.requests == len(result.exchanges) == 5


def test_the_diagram_knows_whose_request_was_whose(lab: Lab) -> None:
    drawn = lab.diagram(*attacks.fixation(lab).exchanges)
    assert drawn._clients == {"mallory": True, "ada": False}
    assert drawn.svg.count('class="mask"') == 1


@pytest.mark.parametrize("attack", ["forged_form", "forged_json"])
def test_a_forged_request_is_the_pages_and_goes_out_with_the_victims_cookie(lab: Lab, attack: str) -> None:
    result = getattr(attacks, attack)(lab)
    drawn = lab.diagram(*result.exchanges)
    assert drawn._clients["evil page"] and not drawn._clients["ada"]
    login = next(answer for answer in result.exchanges if client_of(answer) == "ada")
    forged = [answer for answer in result.exchanges if client_of(answer) == "evil page"]
    carried = f"sid={login.cookies['sid']}"
    assert [answer.request.headers["Cookie"] for answer in forged] == [carried] * 2


def test_the_attacker_wears_the_mask_whatever_the_name(lab: Lab) -> None:
    result = attacks.fixation(Target.of(lab, victim="mallory", attacker="grace"))
    assert lab.diagram(*result.exchanges)._clients == {"grace": True, "mallory": False}


def test_a_result_keeps_no_lab_running() -> None:
    lab = Lab.start()
    server, result = lab.server, attacks.forged_form(lab)
    assert server.alive and result.exchanges
    del lab
    assert not server.alive


def test_the_report_has_a_look(lab: Lab) -> None:
    report = attacks.battery(lab, [attacks.weak_key, attacks.alg_none, attacks.alg_confusion])
    assert report.got_in == ["weak_key"] and report.not_tried == ["alg_confusion"]
    assert report.summary == "1 of 2 attacks got in; 1 not tried."
    html = report._repr_html_()
    assert html.count("<tr>") == 4 and html.count('class="evil"') == 1
    assert "GOT IN" in html and "kept out" in html and "not tried" in html, "said by more than colour"


def test_no_secret_is_shown(lab: Lab) -> None:
    report = attacks.battery(lab)
    shown = repr(report) + report._repr_html_() + "".join(map(repr, report))
    for result in report:
        shown += result._repr_html_()
        for answer in result.exchanges:
            for secret in answer.cookies.values():
                assert secret not in shown
    for name in ("ada", "mallory"):
        assert lab.login(name)["password"] not in shown
    assert "eyJ" not in shown
    assert fingerprint_of("x") not in shown
    assert lab.login("ada")["password"] not in repr(Target.of(lab))


class Odd(BaseHTTPRequestHandler):
    """A learner's first server: it knows half of the contract, and that half oddly."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._say(
            200 if self.path == "/token/login" else 404, {"access_token": "opaque", "refresh_token": "r"}
        )

    def do_GET(self) -> None:
        self._say(200, ["whatever you like"])

    def _say(self, status: int, what: object) -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[Target]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield Target(url, Account("ada", "a"), Account("mallory", "m"))
        server.shutdown()


def test_half_a_server_is_attacked_as_far_as_it_goes(odd: Target) -> None:
    report = attacks.battery(odd)
    assert not report.got_in or set(report.got_in) <= {"made_up_id", "promotion"}
    assert report["fixation"].evidence == "there is no POST /session/login"
    assert report["alg_none"].evidence == "the access token is not a JWT"
    assert report["changed_byte"].tried or "not what the contract promises" in report["changed_byte"].evidence


def test_a_server_that_lets_the_honest_down_is_no_target(
    odd: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Odd, "do_POST", lambda self: self._say(500, {}))
    with pytest.raises(TargetUnfit, match="answers 500 to mallory"):
        attacks.alg_none(odd)
