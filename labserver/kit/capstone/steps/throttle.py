"""A password list is short; what counts is how fast it can be tried."""

from __future__ import annotations

import itertools
import secrets

from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import Scene
from labserver.kit.capstone.promise import Person, promise
from labserver.kit.capstone.step import Excerpt, Step, probe
from labserver.kit.capstone.target import control_of

LOGINS = ("/session/login", "/token/login")
GUESSES = 12


def _wrong(scene: Scene) -> dict[str, str]:
    return {"username": scene.target.victim.username, "password": secrets.token_urlsafe(12)}


def _guess(scene: Scene, paths: tuple[str, ...]) -> Finding:
    """Try wrong passwords, and then the right one, as its place in the list may be."""
    guesser, evidence = scene.client(), ""
    tries = [_wrong(scene) for _ in range(GUESSES)] + [scene.target.victim._asdict()]
    for number, (path, login) in enumerate(zip(itertools.cycle(paths), tries), 1):
        answer = guesser.post(path, json=login)
        evidence = f"guess {number}: {scene.summarize(answer)}"
        if answer.status_code == 200:
            return Finding(True, evidence)
    return Finding(False, evidence)


@probe(
    title="A list of passwords",
    success="The list is worked through as fast as the server can answer.",
    standard="OWASP ASVS 5.0, 6.3.1",
)
def password_list(scene: Scene) -> Finding:
    """Try 12 wrong passwords of the victim's one after the other, and then the right one."""
    return _guess(scene, LOGINS[:1])


@probe(
    title="A list of passwords, at two doors",
    success="Each of the two logins counts for itself, or one of them not at all: twice the guesses, or all.",
    standard="OWASP ASVS 5.0, 6.3.1",
)
def second_door(scene: Scene) -> Finding:
    """The same at the token login, once the session login makes the guesser wait."""
    return _guess(scene, LOGINS[1:])


@promise("Three mistakes are free.")
def three_mistakes(scene: Scene) -> None:
    """Mistype three times, and get in; do so again."""
    ada = Person(scene)
    for _ in range(2):
        for path in (*LOGINS, LOGINS[0]):
            ada.ask("POST", path, 401, json=_wrong(scene))
        ada.log_in()
        ada.get_tokens()


@promise("While one name has to wait, the others log in.")
def others(scene: Scene) -> None:
    """Somebody guesses at the victim's name; another user logs in."""
    mallory = Person(scene, scene.target.attacker)
    stranger = Person(scene)
    for _ in range(GUESSES):
        stranger.ask("POST", LOGINS[0], 401, 429, json=_wrong(scene))
    mallory.log_in()
    mallory.get_tokens()


@promise("The wait is named in Retry-After, and then the right password gets in.")
def waits_end(scene: Scene) -> None:
    """Guess until the answer is 429, wait as long as it says, and log in."""
    ada, control = Person(scene), control_of(scene)
    for _ in range(GUESSES):
        body = ada.ask("POST", LOGINS[1], 401, 429, json=_wrong(scene))
        answer = scene.exchanges[-1]
        if answer.status_code == 429:
            ada.insist(
                body["code"] == "too_many_tries", f"the code is {body['code']}, and not too_many_tries"
            )
            wait = answer.headers.get("Retry-After", "")
            ada.insist(wait.isdecimal(), "a 429 without Retry-After in seconds (RFC 6585, section 4)")
            control.advance(minutes=int(wait) / 60)
            ada.log_in()
            return
    ada.insist(False, f"{GUESSES} wrong passwords, and never a 429")


STEP = Step(
    name="12-throttle",
    title="A wait after wrong passwords",
    attacks=(),
    probes=(password_list, second_door),
    promises=(three_mistakes, waits_end, others),
    yours=("check_password",),
    ours=(Excerpt("auth/throttle.py", "Throttle.count"),),
    done="A list of a thousand passwords now takes days. A colleague might count addresses and not names: "
    "then nobody can lock a user out by guessing, but a whole school behind one address waits together.",
)
