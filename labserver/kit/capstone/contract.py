"""The contract: paths, statuses and fields that honest clients of both flows rely on."""

from __future__ import annotations

import secrets

from labserver.kit.attacks.scene import Scene
from labserver.kit.capstone.promise import Person, Promise, bearer, promise


@promise("A login with a session answers with the user, a CSRF token, and a cookie that scripts cannot read.")
def session_login(scene: Scene) -> None:
    """POST /session/login."""
    ada = Person(scene)
    body = ada.ask("POST", "/session/login", 200, json=ada.account._asdict())
    ada.insist(body["user"]["username"] == ada.account.username, "`user` is somebody else")
    ada.insist(body["csrf_token"] and body["expires_in"] > 0, "`csrf_token` or `expires_in` is missing")
    session = scene.session(ada.account)
    ada.insist("httponly" in session.attributes.lower(), "the cookie is not HttpOnly")


@promise("A login with a token answers with an access token of the type Bearer.")
def token_login(scene: Scene) -> None:
    """POST /token/login."""
    ada = Person(scene)
    body = ada.get_tokens()
    ada.insist(body["token_type"].lower() == "bearer" and body["expires_in"] > 0, "its type is not Bearer")
    ada.insist(body["access_token"].count(".") == 2, "`access_token` is not a signed JWT")


@promise("A wrong password and an unknown name get the same 401.")
def wrong_passwords(scene: Scene) -> None:
    """Both logins, with two kinds of mistakes."""
    ada = Person(scene)
    for path in ("/session/login", "/token/login"):
        said = [
            ada.ask("POST", path, 401, json={"username": name, "password": secrets.token_urlsafe()})["code"]
            for name in (ada.account.username, f"nobody{secrets.token_hex(4)}")
        ]
        ada.insist(said == ["invalid_credentials"] * 2, f"the codes are {said}")


@promise("A user who is logged in can read their profile.")
def me(scene: Scene) -> None:
    """GET /session/me and GET /token/me."""
    ada = Person(scene)
    ada.log_in()
    by_session = ada.ask("GET", "/session/me", 200)
    header = bearer(ada.get_tokens()["access_token"])
    by_token = ada.ask("GET", "/token/me", 200, headers=header)
    ada.insist(by_session["user"] == by_token["user"], "the two flows show different users")
    ada.insist({"username", "role", "email"} <= by_token["user"].keys(), "the profile lacks a field")


@promise("A stranger gets a 401 that says how to log in.")
def strangers(scene: Scene) -> None:
    """No credential, and one that is none."""
    stranger = Person(scene)
    for path, headers, code in (
        ("/session/me", {}, "no_session"),
        ("/session/me", {"Cookie": f"{scene.cookie_name}=nonsense"}, "no_session"),
        ("/token/me", {}, "no_token"),
        ("/token/me", bearer("nonsense"), "invalid_token"),
        ("/token/me", bearer("no.such.token"), "invalid_token"),
    ):
        body = stranger.ask("GET", path, 401, headers=headers)
        stranger.insist(body["code"] == code, f"the code is {body['code']}, and not {code}")
        challenge = scene.exchanges[-1].headers.get("WWW-Authenticate", "")
        stranger.insist(challenge, "a 401 without WWW-Authenticate (RFC 9110, section 11.6.1)")


@promise("A change of the address is seen in both flows.")
def changes(scene: Scene) -> None:
    """POST /session/email and POST /token/email."""
    ada = Person(scene)
    csrf = ada.log_in()
    header = bearer(ada.get_tokens()["access_token"])
    ada.ask("POST", "/session/email", 200, json={"email": "ada@session.example"}, headers=csrf)
    body = ada.ask("GET", "/token/me", 200, headers=header)
    ada.insist(body["user"]["email"] == "ada@session.example", "the change with the session is not there")
    ada.ask("POST", "/token/email", 200, json={"email": "ada@token.example"}, headers=header)
    body = ada.ask("GET", "/session/me", 200)
    ada.insist(body["user"]["email"] == "ada@token.example", "the change with the token is not there")


@promise("A change with a session needs the CSRF token of that session.")
def csrf(scene: Scene) -> None:
    """Without the header, and with another session's token."""
    ada, mallory = Person(scene), Person(scene, scene.target.attacker)
    ada.log_in()
    for headers in ({}, mallory.log_in()):
        ada.ask("POST", "/session/email", 403, json={"email": "x@example.org"}, headers=headers)


@promise("A logout ends this session, and no other.")
def logout(scene: Scene) -> None:
    """POST /session/logout, with a second device beside, and a copy of the cookie: browsers delete theirs."""
    phone, ada, copy = Person(scene), Person(scene), Person(scene)
    phone.log_in()
    csrf = ada.log_in()
    copy.client.cookies.update(ada.client.cookies)
    ada.ask("POST", "/session/logout", 204, headers=csrf)
    ada.ask("GET", "/session/me", 401)
    answer = copy.client.get("/session/me")
    copy.insist(answer.status_code == 401, "a copy of the cookie still gets in after the logout")
    phone.ask("GET", "/session/me", 200)


@promise("A body that makes no sense is refused with a status of 4xx, and not answered with 500.")
def odd_bodies(scene: Scene) -> None:
    """A list, a missing field, text that is no JSON."""
    someone = Person(scene)
    for path in ("/session/login", "/token/login"):
        someone.ask("POST", path, 400, json=["ada"])
        someone.ask("POST", path, 400, json={"username": "ada"})
        someone.ask("POST", path, 400, 415, data="username=ada")


CONTRACT: tuple[Promise, ...] = (
    session_login,
    token_login,
    wrong_passwords,
    me,
    strangers,
    changes,
    csrf,
    logout,
    odd_bodies,
)
