"""What a session id is worth."""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import sha256

from labserver.kit import attacks
from labserver.kit.exercises.claims.claim import ClaimCase, claim
from labserver.kit.exercises.claims.stage import Stage
from labserver.kit.processes.client import Client

WORDS = 624
"""Words of 32 bits that the state of a Mersenne Twister has; an id of 128 bits shows four of them."""


@claim(
    "The session id must change at login.",
    "true",
    said="https://docs.aws.amazon.com/amazonq/detector-library/jsx/session-fixation",
    notebook="07-attacking-sessions",
    cell="Plant the id",
)
def the_id_must_change_at_login(stage: Stage) -> Iterator[ClaimCase]:
    """Plant an id in the victim's browser, let the victim log in, and use the id."""
    with stage.own_lab(weak="no-regeneration") as lab:
        planted = attacks.fixation(lab)
    yield ClaimCase("it stays", planted.got_in, f"the thief is in: {planted.evidence}")
    changed = attacks.fixation(stage.lab())
    yield ClaimCase("it changes", not changed.got_in, f"the thief is out: {changed.evidence}")


@claim(
    "A long session id is safe.",
    "depends",
    depends_on="whether it can be computed",
    said="https://flyriver.com/g/session-id-length-and-randomness",
    notebook="02-sessions",
    cell="Ids that can be guessed",
)
def a_long_id_is_safe(stage: Stage) -> Iterator[ClaimCase]:
    """Visit a server after the victim, and compute the victim's id from one's own. All ids have 64
    characters.
    """
    guesses = {"counter": _counted, "hashed": _hashed, "secrets": _counted_hex}
    names = {
        "counter": "a counter with zeros before it",
        "hashed": "the hash of a counter",
        "secrets": "256 bits of a cryptographic generator",
    }
    for rule, guess in guesses.items():
        _visit(stage, "victim", rule)
        own = _visit(stage, "thief", rule)
        opened = _opens(stage, guess(own), "victim")
        yield ClaimCase(
            names[rule], not opened, f"{'opened' if opened else 'not opened'}, {len(own)} characters"
        )


@claim(
    "Python's `random` will do for session ids.",
    "false",
    said="https://mail.python.org/pipermail/python-ideas/2015-September/036077.html",
    notebook="02-sessions",
    cell="Ids that can be guessed",
)
def random_will_do(stage: Stage) -> Iterator[ClaimCase]:
    """Collect 156 ids, recover the state of the generator from them, and compute the next visitor's id."""
    ids = [_visit(stage, "thief", "random") for _ in range(WORDS // 4)]
    generator = _recovered(ids)
    _visit(stage, "victim", "random")
    opened = _opens(stage, f"{generator.getrandbits(128):032x}", "victim")
    seen = f"after {len(ids)} ids the next one is {'known' if opened else 'not known'}"
    yield ClaimCase("ids of 128 bits by getrandbits", not opened, seen)


@claim(
    "A session that is bound to the address is of no use to a thief.",
    "depends",
    depends_on="whether the thief shares the address",
    said="https://docs.portaone.com/docs/mr96-binding-a-user-session-to-an-ip-address",
    notebook="07-attacking-sessions",
    cell="Read the id",
)
def binding_to_the_address_stops_thieves(stage: Stage) -> Iterator[ClaimCase]:
    """Steal an id that is good from one address only; use it from afar and from the same café, and let the
    owner move.
    """
    home, far = "192.0.2.10", "198.51.100.7"  # addresses for documentation (RFC 5737)
    owner = _visit(stage, "owner", "secrets", home)
    answers = {where: _bound(stage, owner, where) for where in (far, home)}
    yield ClaimCase(
        "a thief far away", answers[far] == 401, f"answered {answers[far]}, and so is the owner who moves"
    )
    yield ClaimCase("a thief behind the same address", answers[home] == 401, f"answered {answers[home]}")


def _visit(stage: Stage, name: str, rule: str, address: str | None = None) -> str:
    """Visit the server as a new client, and return the id that it gives."""
    client = stage.careless(name)
    client.post(f"/visit/{rule}", headers=_from(address))
    visitor = str(client.cookies["visitor"])
    client.close()
    return visitor


def _from(address: str | None) -> dict[str, str]:
    return {"X-Forwarded-For": address} if address else {}


def _opens(stage: Stage, visitor: str, name: str) -> bool:
    client: Client = stage.careless("thief")
    answer = client.get("/who", cookies={"visitor": visitor})
    return answer.status_code == 200 and bool(answer.json()["name"] == name)


def _bound(stage: Stage, visitor: str, address: str) -> int:
    client = stage.careless("somebody")
    return client.get("/bound/who", cookies={"visitor": visitor}, headers=_from(address)).status_code


def _counted(own: str) -> str:
    return f"{int(own) - 1:064d}" if own.isdecimal() else ""


def _counted_hex(own: str) -> str:
    return f"{int(own, 16) - 1:064x}"


def _hashed(own: str) -> str:
    """Find the number behind the own id, without a request, and return the id of the number before it."""
    for number in range(100_000):
        if sha256(str(number).encode()).hexdigest() == own:
            return sha256(str(number - 1).encode()).hexdigest()
    return ""


def _recovered(ids: list[str]) -> random.Random:
    """Return a generator in the state in which the server's is now."""
    words = [int(one, 16) >> shift & 0xFFFFFFFF for one in ids for shift in (0, 32, 64, 96)]
    generator = random.Random()  # noqa: S311 - the very generator that is attacked
    generator.setstate((3, (*map(_untempered, words), WORDS), None))
    return generator


def _untempered(word: int) -> int:
    """Undo what the Mersenne Twister does to a word of its state before it gives it out."""
    word ^= word >> 18
    word ^= (word << 15) & 0xEFC60000
    shifted = word
    for _ in range(4):  # each time, seven more bits are right
        shifted = word ^ ((shifted << 7) & 0x9D2C5680)
    word = shifted
    for _ in range(2):  # each time, eleven more
        shifted = word ^ (shifted >> 11)
    return shifted
