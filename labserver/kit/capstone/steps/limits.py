"""Two limits for two thieves: one who waits, and one who does not."""

from __future__ import annotations

from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import Scene
from labserver.kit.capstone.promise import Person, promise
from labserver.kit.capstone.step import Excerpt, Step, probe
from labserver.kit.capstone.target import control_of


@probe(
    title="A copy that is used after a long pause",
    success="A cookie copied from a forgotten browser is good for hours.",
    standard="OWASP ASVS 5.0, 7.3.1",
)
def after_a_pause(scene: Scene) -> Finding:
    """Copy the cookie, wait 31 minutes, in which nobody uses it, and send it."""
    control, session = control_of(scene), scene.session(scene.target.victim)
    control.advance(minutes=31)
    answer = scene.client().get("/session/me", headers=session.as_header)
    return Finding(scene.opens(answer), f"31 minutes later: {scene.summarize(answer)}")


@probe(
    title="A copy that is used all the time",
    success="A thief who sends the cookie often enough is never logged out.",
    standard="OWASP ASVS 5.0, 7.3.2",
)
def without_a_pause(scene: Scene) -> Finding:
    """Copy the cookie, send it every 25 minutes, and see whether it opens anything after 12 hours."""
    control, session = control_of(scene), scene.session(scene.target.victim)
    thief, minutes, opened = scene.client(), 0, True
    while opened and minutes <= 12 * 60:
        control.advance(minutes=25)
        minutes += 25
        opened = scene.opens(answer := thief.get("/session/me", headers=session.as_header))
    return Finding(opened, f"{minutes // 60} h {minutes % 60} min later: {scene.summarize(answer)}")


@promise("A session that is used every 25 minutes lives on for hours.")
def at_work(scene: Scene) -> None:
    """Use a session for five hours."""
    ada, control = Person(scene), control_of(scene)
    ada.log_in()
    for _ in range(12):
        control.advance(minutes=25)
        ada.ask("GET", "/session/me", 200)


STEP = Step(
    name="12-limits",
    title="An idle and an absolute limit",
    attacks=("replay_after_logout",),
    probes=(after_a_pause, without_a_pause),
    promises=(at_work,),
    yours=("check_session", "session_login"),
    ours=(Excerpt("auth/sessions.py", "Sessions.check"), Excerpt("auth/sessions.py", "Sessions._use")),
    done="The idle limit stops a thief who comes late, the absolute one a thief who stays. A colleague might "
    "write the time of the last use once a minute, and not at each request: that saves most of the writes.",
)
