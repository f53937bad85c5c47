"""Attacks on refresh tokens, and on the difference between them and access tokens."""

from __future__ import annotations

from collections.abc import Iterator

from labserver.kit.attacks.attack import attack
from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import NotTried, Scene


@attack(
    family="tokens",
    title="A refresh token as access token",
    weakness="refresh-as-access",
    success="A stolen refresh token opens the API for two weeks, not only the way to a new token.",
    standard="RFC 9068, 2.1; RFC 8725, 3.12",
)
def refresh_as_access(scene: Scene) -> Finding:
    """Use a stolen refresh token as if it were an access token: it lives two weeks, not fifteen minutes."""
    stolen = scene.refresh_token(scene.target.victim)
    return Finding(*scene.present([stolen]))


@attack(
    family="tokens",
    title="A refresh token used twice",
    weakness="no-reuse-detection",
    success="A thief can go on refreshing beside the victim, and nobody notices.",
    standard="RFC 9700, 4.14.2",
)
def reuse(scene: Scene) -> Finding:
    """Use a stolen refresh token after the victim has used it."""
    stolen = scene.refresh_token(scene.target.victim, fresh=True)
    honest = scene.client(scene.target.victim).post("/token/refresh", json={"refresh_token": stolen})
    if honest.status_code != 200:
        raise NotTried(f"an honest refresh is refused: {scene.summarize(honest)}")
    answer = scene.client().post("/token/refresh", json={"refresh_token": stolen})
    if answer.status_code != 200:
        return Finding(False, scene.summarize(answer))
    got_in, summary = scene.present([answer.json()["access_token"]])
    return Finding(got_in, f"{scene.summarize(answer)}; {summary}")


@attack(
    family="tokens",
    title="An access token as refresh token",
    success="A stolen access token of fifteen minutes can be renewed for ever.",
    standard="RFC 9068, 2.1",
)
def access_as_refresh(scene: Scene) -> Finding:
    """Use a stolen access token as if it were a refresh token, and so live longer than it."""
    stolen = scene.tokens(scene.target.victim)["access_token"]
    answer = scene.client().post("/token/refresh", json={"refresh_token": stolen})
    if answer.status_code == 404:
        raise NotTried("there is no POST /token/refresh")
    return Finding(answer.status_code == 200, scene.summarize(answer))


@attack(
    family="tokens",
    title="A refresh token after logout",
    success="Logging out does not end what a thief has copied.",
    standard="OWASP ASVS 5.0, 7.4.1; RFC 9700, 4.14",
)
def refresh_after_logout(scene: Scene) -> Finding:
    """Keep a copy of the refresh token, and use it after the victim has logged out."""
    stolen = scene.refresh_token(scene.target.victim, fresh=True)
    out = scene.client(scene.target.victim).post("/token/logout", json={"refresh_token": stolen})
    family = stolen.partition(".")[0]
    summary, got_in = "", False
    for token in _copies(stolen, family):
        answer = scene.client().post("/token/refresh", json={"refresh_token": token})
        summary, got_in = scene.summarize(answer), got_in or answer.status_code == 200
    return Finding(got_in, f"logout {out.status_code}, then {summary}")


@attack(
    family="tokens",
    title="An invented refresh token",
    success="The family's id, which is no secret, is enough to get tokens.",
    standard="RFC 9700, 4.14.2; OWASP ASVS 5.0, 7.2.3",
)
def made_up_refresh(scene: Scene) -> Finding:
    """Know a refresh token's family, and make its secret up."""
    family = scene.refresh_token(scene.target.victim, fresh=True).partition(".")[0]
    answer = scene.client().post("/token/refresh", json={"refresh_token": f"{family}.{'A' * 43}"})
    return Finding(answer.status_code == 200, scene.summarize(answer))


def _copies(token: str, family: str) -> Iterator[str]:
    yield token
    yield f"{token}="
    yield family
