"""Browsers say whose page asks; a server may listen."""

from __future__ import annotations

from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import Scene
from labserver.kit.capstone.promise import Person, promise
from labserver.kit.capstone.step import Excerpt, Step, probe

WANTED = "mallory@evil.example"


def _forge(scene: Scene, headers: list[dict[str, str]]) -> Finding:
    """Change the victim's address from the attacker's page, by a CSRF token that has leaked."""
    victim = scene.session(scene.target.victim)
    page, evidence = scene.page(victim), ""
    for one in headers:
        answer = page.post(
            "/session/email", json={"email": WANTED}, headers={"X-CSRF-Token": victim.csrf, **one}
        )
        evidence = scene.summarize(answer)
        if answer.status_code == 200:
            named = " and ".join(f"{name}: {value}" for name, value in one.items())
            return Finding(True, f"{evidence}, with {named}".replace(scene.neighbour, "another port"))
    return Finding(False, evidence)


@probe(
    title="A page of another origin that knows the CSRF token",
    success="One leaked CSRF token, and any page that the victim visits can change the victim's account.",
    standard="OWASP ASVS 5.0, 3.5.1",
)
def foreign_origin(scene: Scene) -> Finding:
    """Let a page of another origin send a change with the right CSRF token. The browser adds Origin."""
    near = scene.target.url.rpartition(":")[0]
    origins = ("https://evil.example", scene.neighbour, "null", f"{near}.evil.example")
    return _forge(scene, [{"Origin": origin} for origin in origins])


@probe(
    title="A request that the browser marks as foreign",
    success="The browser said that another site's page asks, and the server did not listen.",
    standard="W3C Fetch Metadata, Sec-Fetch-Site; OWASP ASVS 5.0, 3.5.1",
)
def foreign_site(scene: Scene) -> Finding:
    """The same without Origin: the browser adds Sec-Fetch-Site alone, as for some older kinds of requests."""
    return _forge(scene, [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}])


@promise("The server's own pages, and programs that are no browsers, may change things.")
def own_pages(scene: Scene) -> None:
    """With this server's origin, with none, and by an address that the user typed."""
    ada = Person(scene)
    csrf = ada.log_in()
    for number, headers in enumerate(
        (
            {"Origin": scene.target.url, "Sec-Fetch-Site": "same-origin"},
            {"Origin": scene.target.url},
            {"Sec-Fetch-Site": "none"},
            {},
        )
    ):
        wanted = f"ada{number}@example.org"
        body = ada.ask("POST", "/session/email", 200, json={"email": wanted}, headers={**csrf, **headers})
        ada.insist(body["user"]["email"] == wanted, "the change is not there")


STEP = Step(
    name="12-origin",
    title="CSRF token and origin",
    attacks=("script_reads_cookie", "forged_form", "forged_json", "another_place"),
    probes=(foreign_origin, foreign_site),
    promises=(own_pages,),
    yours=("check_session",),
    ours=(Excerpt("web/csrf.py", "CsrfGuard.check_origin"), Excerpt("web/csrf.py", "CsrfGuard.check")),
    done="Two defences that fail in different ways: the token may leak, and an old browser may be silent. A "
    "colleague might check Sec-Fetch-Site alone and send no CSRF token at all; then browsers that do not "
    "know the header have to be refused.",
)
