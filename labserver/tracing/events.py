"""The one table of trace events: what can happen inside a request, as data.

An event is its kind, actor and target, the fingerprint of the credential it is about, how long it took,
whether it succeeded, and named details. Sentences are made from it last, by `formats.sentences`.
"""

from __future__ import annotations

from typing import NamedTuple

Detail = str | int | None | tuple[str, ...]
Details = dict[str, Detail]

Event = tuple[str, int, int, bytes | None, Details, bool]
"""A recorded event: kind, begin and end (ns), the credential's SHA-256, details, ok."""

SPANS = ("auth", "store", "crypto", "total")
COUNTS = ("store_reads", "store_writes", "signatures_made", "signatures_checked", "password_checks")
ACTOR = "server"
"""Who acts in every event: a trace is recorded by the server, about itself."""


class EventKind(NamedTuple):
    """A kind of event: whom the server asks, which span its time belongs to, what it counts as.

    `target` is a lane of the sequence diagram: the server's own line, the session store, the users' table
    (the resource, never part of the check), or the signing key. `details` are those that every event of this
    kind has unless it is recorded with others.
    """

    target: str
    span: str | None = None
    counts: str | None = None
    details: Details = {}  # noqa: RUF012 - never changed: each report merges it into a new dict


EVENTS = {
    # details: record (session, family, denied); find: owner (None: all); delete: count
    "store.get": EventKind("store", "store", "store_reads"),
    "store.find": EventKind("store", "store", "store_reads"),
    "store.put": EventKind("store", "store", "store_writes"),
    "store.compare_and_set": EventKind("store", "store", "store_writes"),
    "store.delete": EventKind("store", "store", "store_writes", {"count": 1}),
    # details: owner; write: field
    "users.read": EventKind("users"),
    "users.write": EventKind("users"),
    "password.check": EventKind("server", "crypto", "password_checks", {"algorithm": "Argon2id"}),
    "password.hash": EventKind("server", "crypto", None, {"algorithm": "Argon2id"}),
    "id.make": EventKind("server", details={"random_bits": 256}),  # and record; source, if not random
    "token.sign": EventKind("signer", "crypto", "signatures_made"),  # algorithm
    "token.verify": EventKind("signer", "crypto", "signatures_checked"),  # algorithm
    "key.choose": EventKind("server"),  # source: where a weakened server takes a key that is not its own
    "claims.check": EventKind("server", details={"claims": ("issuer", "audience", "expiry")}),
    "csrf.check": EventKind("server"),
    "api.call": EventKind("api"),  # method, path: the backend for frontend asks, with the token of its user
    "comments.show": EventKind("server"),  # source: raw, where a weakened server does not escape them
    "refuse": EventKind("server"),  # code, reason
}
