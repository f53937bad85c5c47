"""A refresh token that is good once: its second use shows that somebody has a copy."""

from __future__ import annotations

from typing import Any

from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import NotTried, Scene
from labserver.kit.capstone.promise import Person, bearer, promise
from labserver.kit.capstone.step import Excerpt, Step, probe
from labserver.kit.capstone.steps.rest import stolen_texts
from labserver.kit.capstone.target import control_of


def _renew(scene: Scene, token: str) -> dict[str, Any] | None:
    """Send a refresh token as anybody can; return the new pair, or None if it is refused."""
    answer = scene.client().post("/token/refresh", json={"refresh_token": token})
    return dict(answer.json()) if answer.status_code == 200 else None


@probe(
    title="The thief was first",
    success="The victim notices, and the thief goes on refreshing all the same.",
    standard="RFC 9700, 4.14.2",
)
def thief_first(scene: Scene) -> Finding:
    """Use the stolen token before the victim sends it too; then let the thief refresh again."""
    stolen = scene.refresh_token(scene.target.victim, fresh=True)
    thief = _renew(scene, stolen)
    if thief is None:
        raise NotTried("an honest refresh is refused")
    _renew(scene, stolen)
    again = scene.client().post("/token/refresh", json={"refresh_token": thief["refresh_token"]})
    return Finding(again.status_code == 200, f"after the second use: {scene.summarize(again)}")


@probe(
    title="A refresh token for ever",
    success="A thief who refreshes often enough is never logged out.",
    standard="RFC 9700, 4.14.2; OWASP ASVS 5.0, 10.4.8",
)
def without_end(scene: Scene) -> Finding:
    """Refresh every three days, and see whether it still works after the 14 days of a refresh family."""
    control, token = control_of(scene), scene.refresh_token(scene.target.victim, fresh=True)
    days, pair = 0, None
    for days in range(3, 19, 3):
        control.advance(days=3)
        pair = _renew(scene, token)
        if pair is None:
            return Finding(False, f"refused on day {days}")
        token = pair["refresh_token"]
    return Finding(True, f"still renewed on day {days}")


@probe(
    title="A stolen backup, and the refresh tokens in it",
    success="Somebody who reads the database once gets access tokens for two weeks.",
    standard="RFC 6819, 5.1.4.1.3",
)
def refresh_tokens_in_the_backup(scene: Scene) -> Finding:
    """Read every text in the database while the victim is logged in, and send each one as refresh token."""
    scene.refresh_token(scene.target.victim, fresh=True)
    texts = stolen_texts(scene)
    found = any(_renew(scene, text) for text in texts)
    return Finding(found, f"{len(texts)} texts tried, {'one' if found else 'none'} is a refresh token")


@promise("A login returns a refresh token, and each refresh a new pair that works.")
def three_times(scene: Scene) -> None:
    """Refresh three times in a row."""
    ada = Person(scene)
    pair = ada.get_tokens()
    seen = {pair.get("refresh_token")}
    ada.insist(None not in seen, "there is no refresh_token in the answer")
    for _ in range(3):
        pair = ada.ask("POST", "/token/refresh", 200, json={"refresh_token": pair["refresh_token"]})
        seen.add(pair["refresh_token"])
        ada.insist(
            pair["expires_in"] > 0 and pair["token_type"].lower() == "bearer",
            "it is not like the login's",
        )
        body = ada.ask("GET", "/token/me", 200, headers=bearer(pair["access_token"]))
        ada.insist(body["user"]["username"] == ada.account.username, "the new token is somebody else's")
    ada.insist(len(seen) == 4, "a refresh token came twice: each is good once")


@promise("A refresh token works a week later.")
def a_week_later(scene: Scene) -> None:
    """Refresh within the 14 days."""
    ada, control = Person(scene), control_of(scene)
    pair = ada.get_tokens()
    control.advance(days=7)
    ada.ask("POST", "/token/refresh", 200, json={"refresh_token": pair["refresh_token"]})


@promise("A logout ends the refresh token of this device, and no other's.")
def logout_of_one(scene: Scene) -> None:
    """POST /token/logout, with a second device beside; then what is no refresh token."""
    phone, ada = Person(scene), Person(scene)
    others, pair = phone.get_tokens(), ada.get_tokens()
    ada.ask("POST", "/token/logout", 204, json={"refresh_token": pair["refresh_token"]})
    for token in (pair["refresh_token"], "nonsense", "no.such"):
        body = ada.ask("POST", "/token/refresh", 400, json={"refresh_token": token})
        ada.insist(body["code"] == "invalid_grant", f"the code is {body['code']}, and not invalid_grant")
    phone.ask("POST", "/token/refresh", 200, json={"refresh_token": others["refresh_token"]})


STEP = Step(
    name="12-refresh",
    title="Refresh tokens that are good once",
    attacks=("refresh_as_access", "reuse", "access_as_refresh", "refresh_after_logout", "made_up_refresh"),
    probes=(thief_first, refresh_tokens_in_the_backup, without_end),
    promises=(three_times, a_week_later, logout_of_one),
    yours=("token_login",),
    ours=(
        Excerpt("auth/refresh.py", "RefreshFamilies.start"),
        Excerpt("auth/refresh.py", "RefreshFamilies.check"),
        Excerpt("auth/refresh.py", "RefreshFamilies.rotate"),
    ),
    done="A thief and a victim cannot both go on. A colleague might accept a used token for some seconds "
    "more, since two tabs or a lost answer look like a thief; a real thief has these seconds too.",
)
