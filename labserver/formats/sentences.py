"""Sentences for trace events, made from their data when somebody reads them: in a notebook, or with curl."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SENTENCES = {
    "store.get": "looks up {record}",
    "store.find": "lists all {records} of {owner}",
    "store.put": "writes {record}",
    "store.compare_and_set": "updates {record}, if nobody else has",
    "store.delete": "deletes {counted}",
    "users.read": "reads the profile of {owner}",
    "users.write": "changes the {field} of {owner}",
    "password.check": "checks the password ({algorithm})",
    "password.hash": "hashes the new password ({algorithm})",
    "id.make": "makes an id of {random_bits} random bits",
    "id.make/counter": "takes the next number as the id",
    "id.make/client": "keeps the id that came with the request",
    "token.sign": "signs an access token with {algorithm}",
    "token.verify": "checks the {algorithm} signature",
    "key.choose/none": "uses no key, as the token says that it is not signed",
    "key.choose/public": "uses the public key as a shared secret, as the token's alg asks for one",
    "key.choose/file": "uses a file's content as the key, as the token's kid is a path",
    "key.choose/token": "uses the key that the token contains",
    "claims.check": "checks {claims}",
    "csrf.check": "checks the CSRF token and where the request comes from",
    "api.call": "asks {method} {path}",
    "comments.show": "puts visitors' comments into the page, escaped",
    "comments.show/raw": "puts visitors' comments into the page as they came",
    "refuse": "refuses: {reason}",
}
RECORDS = {
    "session": ("a session", "sessions"),
    "family": ("a refresh family", "refresh families"),
    "denied": ("a denied token id", "denied token ids"),
}


def sentence(kind: str, details: Mapping[str, Any]) -> str:
    """Say what an event is, without its subject: `looks up a session`.

    A detail `source` says that what was used came from somewhere unusual; such an event has its own sentence.
    An event that this table does not know, or that lacks a detail, is written as its kind and details.
    """
    form = f"{kind}/{details['source']}" if "source" in details else kind
    try:
        return SENTENCES[form].format_map(_words(details))
    except KeyError:
        return " ".join([kind, *(f"{name}={_joined(value)}" for name, value in details.items())])


def _words(details: Mapping[str, Any]) -> dict[str, str]:
    words = {name: _joined(value) for name, value in details.items()}
    if "record" in words:
        one, several = RECORDS.get(words["record"], (f"a {words['record']}", f"{words['record']} rows"))
        count = details.get("count", 1)
        words |= {"record": one, "records": several, "counted": one if count == 1 else f"{count} {several}"}
    if "owner" in details and details["owner"] is None:
        words["owner"] = "everybody"
    if "code" in details:
        words["reason"] = words.get("reason") or words["code"]
    return words


def _joined(value: Any) -> str:
    """Write a detail: a list as `a, b and c`."""
    if not isinstance(value, (list, tuple)):
        return str(value)
    *first, last = map(str, value) if value else ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last
