"""A login is the moment when an id becomes worth stealing."""

from __future__ import annotations

from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import Scene
from labserver.kit.capstone.promise import Person, promise
from labserver.kit.capstone.step import Excerpt, Step, probe


@probe(
    title="The session before the login",
    success="A copy of the earlier cookie stays good, although its owner has a new one.",
    standard="OWASP ASVS 5.0, 7.2.4",
)
def earlier_session(scene: Scene) -> Finding:
    """Copy the victim's cookie, let the victim log in again in the same browser, and use the copy."""
    earlier = scene.session(scene.target.victim)
    login = earlier.browser.post("/session/login", json=scene.target.victim._asdict())
    answer = scene.client().get("/session/me", headers=earlier.as_header)
    return Finding(scene.opens(answer), f"a second login {login.status_code}, then {scene.summarize(answer)}")


@promise("A login in one browser leaves another browser's session alone.")
def two_browsers(scene: Scene) -> None:
    """Log in on two devices, twice on one of them."""
    phone, laptop = Person(scene), Person(scene)
    phone.log_in()
    laptop.log_in()
    laptop.log_in()
    phone.ask("GET", "/session/me", 200)
    laptop.ask("GET", "/session/me", 200)


STEP = Step(
    name="12-login",
    title="A new id at each login",
    attacks=("predictable_ids", "fixation", "made_up_id"),
    probes=(earlier_session,),
    promises=(two_browsers,),
    yours=("session_login",),
    ours=(Excerpt("auth/sessions.py", "Sessions.open"), Excerpt("auth/sessions.py", "Sessions.end")),
    done="A copied cookie now ends when its owner logs in again. A colleague might end all sessions of the "
    "user at a login: one browser at a time, and the phone is logged out. This step "
    "does not accept that.",
)
