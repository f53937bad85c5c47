"""A database is copied more often than a server is broken into: backups, logs, old disks."""

from __future__ import annotations

from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import NotTried, Scene
from labserver.kit.capstone.step import Excerpt, Step, probe
from labserver.kit.capstone.target import control_of

NO_ROWS = "no table is seen: keep the rows in a database of the module sqlite3"


def stolen_texts(scene: Scene) -> list[str]:
    """Return every text in the server's database. Raises NotTried where there is none."""
    texts = control_of(scene).texts()
    if not texts:
        raise NotTried(NO_ROWS)
    return texts


@probe(
    title="A stolen backup, and the session ids in it",
    success="Somebody who reads the database once can act as every user who is logged in.",
    standard="RFC 6819, 5.1.4.1.3",
)
def ids_in_the_backup(scene: Scene) -> Finding:
    """Read every text in the database while the victim is logged in, and send each one as a session id."""
    scene.session(scene.target.victim)
    texts = stolen_texts(scene)
    fit = (text for text in texts if text.isascii() and text.isprintable() and ";" not in text)
    got_in, summary, _ = scene.guess(fit)
    if got_in:
        return Finding(True, f"{summary}, with a text of the database")
    return Finding(False, f"{len(texts)} texts tried: {summary}")


@probe(
    title="A stolen backup, and the passwords in it",
    success="Somebody who reads the database once can log in as these users, here and on other sites.",
    standard="OWASP ASVS 5.0, 11.4.2",
)
def passwords_in_the_backup(scene: Scene) -> Finding:
    """Look for the passwords of two users in the texts of the database."""
    texts = stolen_texts(scene)
    passwords = scene.target.victim.password, scene.target.attacker.password
    found = any(password in text for password in passwords for text in texts)
    return Finding(found, f"{len(texts)} texts, {'a' if found else 'no'} password is in one of them")


STEP = Step(
    name="12-rest",
    title="Hashes at rest",
    attacks=(),
    probes=(ids_in_the_backup, passwords_in_the_backup),
    promises=(),
    yours=("check_session", "session_login", "session_logout"),
    ours=(Excerpt("formats/digests.py", "digest"), Excerpt("auth/sessions.py", "Sessions.check")),
    done="The database now holds what recognises an id, and not the id. One round of SHA-256 is enough, as "
    "nobody guesses 256 random bits; a password needs Argon2. A colleague might use HMAC with a key from "
    "outside the database: then a thief of the backup cannot even test a guess.",
)
