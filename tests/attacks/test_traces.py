"""The trace of a weakened server says what that server did, not what a strong one would have done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from labserver.app import create_app, prepare
from labserver.kit.forgery import forge
from labserver.lab_mode.demo_users import DemoUser
from labserver.lab_mode.weaknesses import WEAKNESSES
from labserver.settings import PARTNER, Settings

pytestmark = pytest.mark.usefixtures("quick_passwords")
KEY = "the key"
RANDOM = "makes an id of 256 random bits"
COMMENTS = "puts visitors' comments into the page"
CSRF = "checks the CSRF token and where the request comes from"
ALL_CLAIMS = "checks issuer, audience and expiry"


class Weak:
    """A weakened server inside this process, asked by somebody who reads the traces."""

    def __init__(self, client: FlaskClient, users: dict[str, DemoUser]) -> None:
        self.client, self._users = client, users

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        return self.client.open(path, method=method, base_url="http://127.0.0.1", **more)

    def login(self, flow: str, headers: dict[str, str] | None = None, **more: str) -> TestResponse:
        body = {"username": "ada", "password": self._users["ada"]["password"], **more}
        return self.ask("POST", f"/{flow}/login", json=body, headers=headers or {})

    def me(self, token: str) -> TestResponse:
        return self.ask("GET", "/token/me", headers={"Authorization": f"Bearer {token}"})

    def forged(self, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Take the header and the claims of a good token, to forge from."""
        token = self.login("token").get_json()["access_token"]
        return forge.fields(token, 0), forge.fields(token, 1) | changes

    def signed(self, **changes: Any) -> str:
        """Let the server sign these changed claims."""
        header, claims = self.forged(**changes)
        parts = {"header": forge.segment(header), "payload": forge.segment(claims)}
        answer = self.ask("POST", "/lab/sign", json=parts, headers={"X-Lab-Key": KEY})
        return f"{parts['header']}.{parts['payload']}.{answer.get_json()['signature']}"

    def texts(self, answer: TestResponse) -> list[str]:
        """Read what the server says that it did for an answer, which was a good one."""
        assert answer.status_code < 400, answer.text
        trace = self.ask("GET", f"/lab/trace/{answer.headers['X-Trace-Id']}", headers={"X-Lab-Key": KEY})
        return [event["text"] for event in trace.get_json()["events"]]


def start(folder: Path, weak: str | None) -> Weak:
    settings = Settings(home=folder, store="memory:", lab_key=KEY, weak=weak)
    users = prepare(settings)
    return Weak(create_app(settings, tidy=False).test_client(use_cookies=False), users)


def texts_about_comments(weak: Weak) -> list[str]:
    weak.ask("POST", "/comments/", data={"text": "<b>hello</b>"})
    return weak.texts(weak.ask("GET", "/site/"))


@pytest.fixture
def weak(request: pytest.FixtureRequest, tmp_path: Path) -> Weak:
    return start(tmp_path / "weak", request.param)


def predictable_ids(weak: Weak) -> None:
    texts = weak.texts(weak.login("session"))
    assert "takes the next number as the id" in texts
    assert RANDOM not in texts


def no_regeneration(weak: Weak) -> None:
    texts = weak.texts(weak.login("session", headers={"Cookie": "sid=planted"}))
    assert "keeps the id that came with the request" in texts
    assert RANDOM not in texts
    assert RANDOM in weak.texts(weak.login("session")), "without a planted id it does make one"


def readable_cookie(weak: Weak) -> None:
    assert RANDOM in weak.texts(weak.login("session"))


def no_csrf(weak: Weak) -> None:
    cookie = {"Cookie": weak.login("session").headers["Set-Cookie"].partition(";")[0]}
    body = {"email": "eve@example.org"}
    assert CSRF not in weak.texts(weak.ask("POST", "/session/email", json=body, headers=cookie))


def any_content_type(weak: Weak) -> None:
    login = weak.login("session")
    cookie = {"Cookie": login.headers["Set-Cookie"].partition(";")[0]}
    plain = {"data": json.dumps({"email": "eve@example.org"}), "content_type": "text/plain"}
    assert CSRF not in weak.texts(weak.ask("POST", "/session/email", **plain, headers=cookie))
    form = {"email": "ada@example.org", "csrf_token": login.get_json()["csrf_token"]}
    assert CSRF in weak.texts(weak.ask("POST", "/site/email", data=form, headers=cookie))


def unescaped_comments(weak: Weak) -> None:
    assert f"{COMMENTS} as they came" in texts_about_comments(weak)


def alg_none(weak: Weak) -> None:
    header, claims = weak.forged()
    texts = weak.texts(weak.me(next(iter(forge.unsigned(claims, header)))))
    assert texts[:2] == ["uses no key, as the token says that it is not signed", ALL_CLAIMS]
    assert not [text for text in texts if "signature" in text]


def alg_confusion(weak: Weak) -> None:
    header, claims = weak.forged()
    (jwk,) = weak.ask("GET", "/.well-known/jwks.json").get_json()["keys"]
    answers = [weak.me(forge.hmac_signed(claims, header, secret)) for secret in forge.public_bytes(jwk)]
    texts = weak.texts(next(answer for answer in answers if answer.status_code == 200))
    assert texts[:3] == [
        "uses the public key as a shared secret, as the token's alg asks for one",
        "checks the HS256 signature",
        ALL_CLAIMS,
    ]


def weak_key(weak: Weak) -> None:
    assert weak.texts(weak.me(weak.signed()))[:2] == ["checks the HS256 signature", ALL_CLAIMS]


def kid_path(weak: Weak) -> None:
    header, claims = weak.forged()
    with weak.ask("GET", "/static/pages.css") as page:
        content = page.data
    token = forge.hmac_signed(claims, header | {"kid": "../static/pages.css"}, content)
    assert weak.texts(weak.me(token))[:2] == [
        "uses a file's content as the key, as the token's kid is a path",
        "checks the HS256 signature",
    ]


def trust_jwk(weak: Weak) -> None:
    header, claims = weak.forged()
    texts = weak.texts(weak.me(forge.signed_by_own_key(claims, header)))
    assert texts[0] == "uses the key that the token contains"
    assert texts[1].endswith("signature")


def no_audience(weak: Weak) -> None:
    for token in (
        weak.signed(aud="anything"),
        weak.login("token", resource=PARTNER).get_json()["access_token"],
    ):
        assert weak.texts(weak.me(token))[:2] == ["checks the HS256 signature", "checks issuer and expiry"]


def no_expiry(weak: Weak) -> None:
    token = weak.signed(iat=1_000_000, exp=1_000_900)
    assert weak.texts(weak.me(token))[:2] == ["checks the HS256 signature", "checks issuer and audience"]


def refresh_as_access(weak: Weak) -> None:
    texts = weak.texts(weak.me(weak.login("token").get_json()["refresh_token"]))
    assert texts[0] == "looks up a refresh family"
    assert not [text for text in texts if "signature" in text or "audience" in text]


def no_reuse_detection(weak: Weak) -> None:
    used = {"refresh_token": weak.login("token").get_json()["refresh_token"]}
    changes = [
        weak.texts(weak.ask("POST", "/token/refresh", json=used)).count(
            "updates a refresh family, if nobody else has"
        )
        for _ in range(2)
    ]
    assert changes == [2, 2], "it makes the used token good, and then uses it up as usual"


CASES: dict[str, Callable[[Weak], None]] = {
    case.__name__.replace("_", "-"): case
    for case in (
        predictable_ids,
        no_regeneration,
        readable_cookie,
        no_csrf,
        any_content_type,
        unescaped_comments,
        alg_none,
        alg_confusion,
        weak_key,
        kid_path,
        trust_jwk,
        no_audience,
        no_expiry,
        refresh_as_access,
        no_reuse_detection,
    )
}


def test_each_weakness_has_its_case() -> None:
    assert [*CASES] == [*WEAKNESSES]


@pytest.mark.parametrize(("weak", "name"), [(name, name) for name in CASES], indirect=["weak"], ids=CASES)
def test_the_trace_says_what_it_did(weak: Weak, name: str) -> None:
    CASES[name](weak)


def test_a_strong_server_says_what_it_does(tmp_path: Path) -> None:
    strong = start(tmp_path / "strong", None)
    assert RANDOM in strong.texts(strong.login("session", headers={"Cookie": "sid=planted"}))
    assert f"{COMMENTS}, escaped" in texts_about_comments(strong)
    assert strong.texts(strong.me(strong.signed()))[:2] == ["checks the HS256 signature", ALL_CLAIMS]
