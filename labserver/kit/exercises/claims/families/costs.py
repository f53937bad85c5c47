"""What a check costs."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from labserver.kit.display.formatting import duration
from labserver.kit.exercises.claims.claim import ClaimCase, claim
from labserver.kit.exercises.claims.stage import Stage
from labserver.kit.exercises.claims.steps import bearer, log_in, with_a_token
from labserver.kit.lab import Lab

FAR = 2000
"""Microseconds: a store in another place."""

MANY = 5
"""How many times as expensive as a check a password has to be, at least."""


@claim(
    "A JWT check is faster than a session look-up.",
    "depends",
    depends_on="how far away the session store is",
    said="https://newbetuts.com/26216489-json-web-token-jwt-benefits-over-a-database-session-token",
    notebook="05-measuring",
    cell="The store is somewhere else",
)
def a_jwt_check_is_faster(stage: Stage) -> Iterator[ClaimCase]:
    """Measure both checks in interleaved rounds, with the store at hand and with a store 2 ms away."""
    lab = stage.lab()
    near = _checks(lab, 2.0)
    more = near["token"] - near["session"]
    seen = f"look-up {_about(near['session'])}, signature {_about(near['token'])}: equal at {_about(more)}"
    yield ClaimCase("the store at hand", more < 0, seen)
    lab.faults.store_delay(FAR)
    try:
        far = _checks(lab, 1.0)
    finally:
        lab.faults.store_up()
    seen = f"look-up {_about(far['session'])}, signature {_about(far['token'])}"
    yield ClaimCase(f"the store {FAR // 1000} ms away", far["token"] < far["session"], seen)


def _checks(lab: Lab, seconds: float) -> dict[str, float]:
    """Measure what each check takes, in µs."""
    browser = lab.client()
    browser.post("/session/login", json=lab.login("ada"))
    token = log_in(lab, "token")["access_token"]
    subjects = {"session": browser.get("/session/me"), "token": with_a_token(lab, token)}
    measured = lab.measure(subjects, seconds=seconds, control=False)
    return {name: measured.median(name) for name in subjects}


def _about(us: float) -> str:
    return f"≈ {duration(us)}"


@claim(
    "Token authentication touches no database.",
    "depends",
    depends_on="what is asked besides the signature",
    said="https://leyaa.ai/codefly/learn/springboot/part-2/springboot-why-jwt-matters-for-apis/complexity",
    notebook="04-side-by-side",
    cell="The ledger",
)
def tokens_touch_no_database(stage: Stage) -> Iterator[ClaimCase]:
    """Count what a request with a token reads: for the check, for the profile, and with a denylist."""
    lab = stage.lab()
    answer = with_a_token(lab, log_in(lab, "token")["access_token"])
    reads = lab.ledger(answer)["store_reads"]
    yield ClaimCase("the check alone", reads == 0, f"store reads {reads}")
    profile = [event["kind"] for event in lab.trace(answer)["events"]].count("users.read")
    yield ClaimCase("the user's profile", profile == 0, f"reads of the users' table {profile}")
    listed = stage.lab(denylist=True)
    reads = listed.ledger(with_a_token(listed, log_in(listed, "token")["access_token"]))["store_reads"]
    yield ClaimCase("a denylist", reads == 0, f"store reads {reads}")


@claim(
    "The login dominates the cost.",
    "true",
    said="https://infinitydomainhosting.com/kb/performance-impact-of-argon2-on-hosting-speed/",
    notebook="01-http-forgets",
    cell="The password, every time?",
)
def the_login_dominates(stage: Stage) -> Iterator[ClaimCase]:
    """Compare the password check of a login with the check of one request, for a session and for a token."""
    lab = stage.lab()
    for flow in ("session", "token"):
        client, passwords, checks = lab.client(), [], []
        for _ in range(5):
            login = client.post(f"/{flow}/login", json=lab.login("ada"))
            passwords.append(lab.trace(login)["spans"]["crypto"])
            headers = bearer(login.json()["access_token"]) if flow == "token" else {}
            read = client.get(f"/{flow}/me", headers=headers)
            checks.append(lab.trace(read)["spans"]["auth"])
        times = median(passwords) / median(checks)
        seen = f"password {_about(median(passwords))}, check {_about(median(checks))}"
        yield ClaimCase(f"with a {flow}", times > MANY, seen)


@claim(
    "The defaults of a framework are safe.",
    "false",
    said="https://iamyi.net/topics/security-code-review/4-30-review-framework-secure-defaults/",
    notebook="02-sessions",
    cell="The same with Flask's own `session`",
)
def framework_defaults_are_safe(stage: Stage) -> Iterator[ClaimCase]:
    """Log in at a Flask application that changes no default, and look for what OWASP ASVS 5.0 asks for."""
    answer = stage.careless().post("/login", json={"username": "ada"})
    cookie, headers = answer.headers["Set-Cookie"].lower(), answer.headers
    there = {
        "HttpOnly": "httponly" in cookie,
        "SameSite": "samesite" in cookie,
        "Content-Security-Policy": "Content-Security-Policy" in headers,
        "X-Content-Type-Options": "X-Content-Type-Options" in headers,
        "Cache-Control": "Cache-Control" in headers,
    }
    missing = [name for name, found in there.items() if not found]
    yield ClaimCase("Flask", not missing, f"not there: {', '.join(missing) or 'nothing'}")
