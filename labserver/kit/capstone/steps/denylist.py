"""A logout that ends the access tokens too, and the state that this takes."""

from __future__ import annotations

from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import Scene
from labserver.kit.capstone.promise import Person, bearer, promise
from labserver.kit.capstone.step import Excerpt, Step, probe


def _log_out(scene: Scene, refresh_token: str) -> int:
    leaving = scene.client(scene.target.victim)
    return leaving.post("/token/logout", json={"refresh_token": refresh_token}).status_code


@probe(
    title="An access token after the logout",
    success="The victim has logged out, and a copy of the access token opens the account until it expires.",
    standard="OWASP ASVS 5.0, 7.4.1",
)
def after_logout(scene: Scene) -> Finding:
    """Copy the access token, let the victim log out, and use the copy."""
    scene.refresh_token(scene.target.victim)
    pair = scene.tokens(scene.target.victim, fresh=True)
    out = _log_out(scene, pair["refresh_token"])
    got_in, evidence = scene.present([pair["access_token"]])
    return Finding(got_in, f"logout {out}, then {evidence}")


@probe(
    title="An earlier access token after the logout",
    success="Only the newest access token was denied; the one from before the refresh still works.",
    standard="OWASP ASVS 5.0, 7.4.1",
)
def earlier_after_logout(scene: Scene) -> Finding:
    """Copy the access token, let the victim refresh and then log out, and use the copy."""
    scene.refresh_token(scene.target.victim)
    pair = scene.tokens(scene.target.victim, fresh=True)
    ada = scene.client(scene.target.victim)
    renewed = ada.post("/token/refresh", json={"refresh_token": pair["refresh_token"]}).json()
    out = _log_out(scene, renewed["refresh_token"])
    got_in, evidence = scene.present([pair["access_token"]])
    return Finding(got_in, f"refresh, logout {out}, then {evidence}")


@promise("A logout on one device leaves the tokens of the other device alone.")
def other_device(scene: Scene) -> None:
    """Log out on one of two devices, then log in there again."""
    phone, ada = Person(scene), Person(scene)
    others, pair = phone.get_tokens(), ada.get_tokens()
    ada.insist(
        "refresh_token" in pair, "there is no refresh_token in the answer: the step before comes first"
    )
    ada.ask("POST", "/token/logout", 204, json={"refresh_token": pair["refresh_token"]})
    phone.ask("GET", "/token/me", 200, headers=bearer(others["access_token"]))
    ada.ask("GET", "/token/me", 200, headers=bearer(ada.get_tokens()["access_token"]))


STEP = Step(
    name="12-denylist",
    title="A logout that ends access at once",
    attacks=(),
    probes=(after_logout, earlier_after_logout),
    promises=(other_device,),
    yours=("check_token", "token_login"),
    ours=(
        Excerpt("auth/denylist.py", "Denylist"),
        Excerpt("auth/refresh.py", "RefreshFamilies._denylist_all"),
    ),
    done="Each request with a token now reads a row: the state is back, and with it the end at once. "
    "A colleague might let access tokens live for one minute instead, and have no list.",
)
