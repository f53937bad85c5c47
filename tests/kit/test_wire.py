"""The wire: readable, complete in what matters, and without a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
import requests

from labserver.kit.display.fingerprint import fingerprint_of
from labserver.kit.display.formatting import HIDDEN
from labserver.kit.display.pretty import pretty
from labserver.kit.display.wire import Wire
from tests.kit import recorded
from tests.kit.recorded import ACCESS, CSRF, PASSWORD, REFRESH, SECRETS, SID, Recorded, answer

TEXT = {"Content-Type": "text/plain"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ALL: list[Callable[[], Recorded]] = [
    recorded.session_login,
    recorded.session_me,
    recorded.session_refused,
    recorded.token_login,
    recorded.token_me,
    recorded.token_refused,
    recorded.refresh,
    recorded.email,
]


def forms(*responses: requests.Response) -> tuple[str, str]:
    wire = Wire(list(responses))
    return repr(wire), wire._repr_html_()


@pytest.mark.parametrize("make", ALL)
def test_no_secret_in_either_form(make: Callable[[], Recorded]) -> None:
    for form in forms(make()[0]):
        assert not [secret for secret in SECRETS if secret in form]


def test_a_login_shows_the_chip_and_hides_the_password() -> None:
    text, html = forms(recorded.session_login()[0])
    assert f"Set-Cookie: sid=● {fingerprint_of(SID)}; HttpOnly; Path=/; SameSite=Lax" in text
    assert f'"password": "{HIDDEN}"' in text
    assert f'"csrf_token": "■ {fingerprint_of(CSRF)}"' in text
    assert f'<span class="chip s" title="session id">● {fingerprint_of(SID)}</span>; HttpOnly' in html


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (recorded.session_login, "HttpOnly: scripts cannot read it."),
        (
            recorded.session_login,
            "SameSite=Lax: other sites' POST forms do not carry it; links and GET forms do.",
        ),
        (recorded.session_login, "No Max-Age: gone when the browser closes."),
        (recorded.keep, "Max-Age: how long the browser keeps it. The server has limits of its own."),
        (recorded.session_me, "The browser adds it by itself to every request to this host."),
        (recorded.token_me, "Only the client's own code adds it. Anybody who holds it is let in."),
        (recorded.token_refused, "The token that came was no good, for whatever reason: get a new one."),
        (recorded.email, "Shows that our own page sent this: another site cannot read the token."),
    ],
)
def test_what_matters_says_why(make: Callable[[], Recorded], note: str) -> None:
    text, html = forms(make()[0])
    assert f"    {note}" in text
    assert note.replace("'", "&#39;") in html


def test_a_note_stands_only_where_its_header_does() -> None:
    text, _ = forms(recorded.token_login()[0])
    assert not [line for line in text.splitlines() if line.startswith("    ") and line.endswith(".")]


def test_a_wait_is_said_in_seconds() -> None:
    response = answer(
        "POST", "/session/login", status=(429, "Too Many Requests"), gave=[("retry-after", "30")]
    )
    assert "    Another try makes sense in 30 s." in repr(Wire([response]))


def test_jupyters_cookies_are_never_shown() -> None:
    for form in forms(recorded.session_me()[0]):
        assert "_xsrf" not in form
        assert "jupyters-own" not in form
    alone = answer("GET", "/", headers={"Cookie": "_xsrf=jupyters-own; username-localhost=x"})
    assert not [form for form in forms(alone) if "Cookie:" in form or "username-" in form]


def test_a_cookie_thrown_away_is_no_credential() -> None:
    gone = answer("POST", "/session/logout", gave=[("set-cookie", "sid=; Max-Age=0; Path=/")])
    text = repr(Wire([gone]))
    assert "Set-Cookie: sid=; Max-Age=0; Path=/" in text
    assert "Max-Age=0: the browser throws it away." in text


@pytest.mark.parametrize(
    "response",
    [
        answer("GET", f"/token/me?access_token={ACCESS}"),
        answer("GET", "/plain", said=f"<p>your token is {ACCESS}</p>"),
        answer("POST", "/token/revoke", headers=FORM, body=f"token={ACCESS}"),
        answer("POST", "/token/revoke", headers=FORM, body=f"token={REFRESH}"),
        answer("POST", "/session/login", headers=TEXT, body=f'{{"password": "{PASSWORD}", '),
        answer("POST", "/session/password", body={"current": PASSWORD, "new": PASSWORD}),
        answer("POST", "/x", headers=FORM, body=f"password={PASSWORD}"),
        answer("GET", "/x", headers={"Authorization": f"Basic {PASSWORD}"}),
        answer("GET", "/x", headers={"Authorization": f"Bearer {SID}"}),
        answer("GET", "/x", headers={"Cookie": f"grid={ACCESS}"}),
        answer("GET", "/x", headers={"Cookie": f"__Host-sid={SID}"}),
        answer("GET", "/x", headers={"Cookie": f"sid={SID}"}, said=f"you sent {SID}"),
        answer("GET", "/x", headers={"X-Copy": SID, "Cookie": f"sid={SID}"}),
        answer("GET", "/x", gave=[("location", f"/there?token={ACCESS}")]),
        answer("GET", "/x", said={"deep": [{"access_token": ACCESS, "note": f"use {ACCESS}"}]}),
        answer("GET", "/x", gave=[("set-cookie", f"other={SID}; Path=/")]),
    ],
)  # fmt: skip
def test_no_secret_leaks_from_odd_places(response: requests.Response) -> None:
    for form in forms(response):
        assert not [secret for secret in SECRETS if secret in form]


HOSTILE = '"><script>alert(1)</script>&amp;\ue000aAAAAAA\ue001\x1b[2J'


def test_hostile_text_is_escaped_everywhere() -> None:
    response = answer(
        "POST", "/x?q=<script>", headers={"X-Evil": "<script>"}, body={HOSTILE: HOSTILE}, client="<script>",
        status=(200, "<script>"), gave=[("location", "<script>"), ("x-evil", "<script>")],
        said={HOSTILE: [HOSTILE]},
    )  # fmt: skip
    text, html = forms(response)
    assert "<script" not in html
    assert "chip t" not in html, "a forged mark must not become a chip"
    assert "\x1b" not in text + html


def test_two_runs_differ_in_times_and_chips_only() -> None:
    one, other = ("".join(forms(answer("GET", "/x", said={"a": 1}, total_ms=ms))) for ms in (0.2, 1234.5))
    assert re.sub(r"\d+(\.\d+)? (µs|ms|s)\b", "T", one) == re.sub(r"\d+(\.\d+)? (µs|ms|s)\b", "T", other)
    assert "2026" not in one, "no date"


def test_a_thiefs_cookie_was_put_there_by_hand() -> None:
    text, _ = forms(recorded.session_refused("thief")[0])
    assert "    A copy, put here by hand." in text
    assert "The browser adds it" not in text


def test_an_attacker_wears_a_mask_here_too() -> None:
    _, thief = forms(recorded.session_refused("thief")[0])
    _, honest = forms(recorded.session_me()[0])
    assert 'class="mask"' in thief
    assert 'class="mask"' not in honest


def test_a_guests_cookie_was_added_by_the_browser() -> None:
    text, html = forms(recorded.session_guest()[0])
    assert "── evil page asks" in text and "The browser adds it by itself" in text
    assert 'class="mask"' in html


def test_a_weak_server_is_not_taken_for_ours() -> None:
    text, _ = forms(answer("GET", "/x", said={}, gave=[("x-lab-weak", "no-csrf")]))
    assert "X-Lab-Weak: no-csrf\n    This server is weak on purpose" in text


def test_several_exchanges_stand_one_below_the_other() -> None:
    text, html = forms(recorded.session_login()[0], recorded.session_me()[0])
    assert text.index("POST /session/login") < text.index("GET /session/me")
    assert html.count('class="wire"') == 2
    assert html.count("<style>") == 1


def test_a_picture_is_not_written_out() -> None:
    response = answer("GET", "/logo.png", gave=[("content-type", "image/png")])
    response._content = b"\x89PNG\x00"
    response.headers["Content-Type"] = "image/png"
    assert "(5 bytes of image/png)" in repr(Wire([response]))


def test_a_long_body_ends_early_and_says_so() -> None:
    response = answer("GET", "/", said="\n".join(f"<p>{n}</p>" for n in range(100)))
    assert "… 60 more lines" in repr(Wire([response]))


def test_json_stands_on_one_line_where_it_fits() -> None:
    assert str(pretty({"a": [1, 2]})) == '{"a": [1, 2]}'
    long = {"cart": ["tea"], "note": "x" * 40}
    assert str(pretty(long)) == '{\n  "cart": ["tea"],\n  "note": "' + "x" * 40 + '"\n}'
    assert str(pretty([])) == "[]"


def test_json_with_a_credential_in_it_is_still_json() -> None:
    text = repr(Wire([answer("GET", "/x", said={"note": f'say "{ACCESS}"\n', "deep": [[ACCESS]]})]))
    body = text.rpartition("\n\n")[2]
    assert json.loads(body) == {
        "note": f'say "◆ {fingerprint_of(ACCESS)}"\n',
        "deep": [[f"◆ {fingerprint_of(ACCESS)}"]],
    }
