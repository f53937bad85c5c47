"""Turn the traces of exchanges into the steps of a sequence diagram.

A trace is data; the sentences are made here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import requests

from labserver.formats.reports import EventReport, TraceReport
from labserver.formats.sentences import sentence
from labserver.kit.display.exchange import Masker, ShownCredential, cookie_pair, parsed, set_cookies, text_of
from labserver.kit.display.fingerprint import Fingerprint, fingerprint_of
from labserver.kit.display.formatting import HIDDEN, clean, duration
from labserver.kit.display.rich_text import RichText
from labserver.kit.processes.client import client_of

LANES = {
    "server": "server",
    "signer": "signing key",
    "store": "session store",
    "users": "users' table",
    "api": "API",
}
CALLED = ("signer", "store", "users", "api")
TIMED = ("password.check", "password.hash")
"""Of what the server does itself, only this takes long."""

CREDENTIAL_OF = {"session": "session", "family": "refresh", "denied": "jti"}
"""Which kind of credential a stored record is for."""


@dataclass(frozen=True, slots=True)
class DiagramStep:
    """One arrow or one note. `us` is its time in microseconds; None where time says nothing.

    `sort` is request, answer, call (to a party and back), lost (a call that nobody answers) or note (on the
    server's own line); `number` is the exchange's.
    """

    sort: str
    source: str
    target: str
    lines: tuple[RichText, ...]
    us: float | None
    series_style: str
    ok: bool
    number: int

    @property
    def text(self) -> RichText:
        """The step in one line, with its duration."""
        words = RichText.join(", ", self.lines)
        return RichText(words, f" · {duration(self.us)}") if self.us is not None else words


def steps_of(number: int, response: requests.Response, trace: TraceReport) -> list[DiagramStep]:
    """List the steps of one exchange, from its request to its response."""
    masker, client, series_style = Masker(response), clean(client_of(response)), _series_style(trace["flow"])
    request, server = response.request, LANES["server"]
    asked = [RichText(f"{request.method} ", masker.path(request.url or "/")), *_asked(response, masker)]
    steps = [DiagramStep("request", client, server, tuple(asked), None, series_style, True, number)]
    known = _known([*masker.sent, *masker.received])
    for event in trace["events"]:
        text, us = _event_text(event, masker, known), event["us"]
        ok, target = event["ok"] and event["kind"] != "refuse", event["target"]
        if target in CALLED:
            # Only a store that is down leaves a call without an answer; a row that is not there is one.
            sort = "lost" if response.status_code == 503 and not ok else "call"
            steps.append(DiagramStep(sort, server, LANES[target], (text,), us, target, ok, number))
        else:
            shown = us if event["kind"] in TIMED else None
            steps.append(DiagramStep("note", server, server, (text,), shown, series_style, ok, number))
    ok = response.status_code < 400
    status = f"{'' if ok else '✗ '}{response.status_code} {response.reason or ''}".strip()
    lines = (RichText(status), *_answered(response, masker))
    steps.append(
        DiagramStep("answer", server, client, lines, trace["spans"]["total"], series_style, ok, number)
    )
    return steps


def _series_style(flow: str) -> str:
    if flow == "token" or flow.startswith("grid/jwt"):
        return "token"
    return "session" if flow == "session" or flow.startswith("grid/opaque") else "other"


def _known(credentials: list[ShownCredential]) -> dict[str, str]:
    """Map the fingerprints that a trace may name to their kinds, by what the exchange itself carried."""
    return {fingerprint_of(credential.value): credential.kind for credential in credentials}


def _event_text(event: EventReport, masker: Masker, known: dict[str, str]) -> RichText:
    kind, name = event["kind"], event["chip"]
    text = masker.text(sentence(kind, event["details"]))
    if kind == "refuse" or not event["ok"]:
        text = RichText("✗ ", text)
    if kind == "token.sign" and not name:  # the trace does not name what was signed; the answer holds it
        signed = [credential for credential in masker.received if credential.kind == "access"]
        return RichText(text, " ", signed[0].fingerprint) if signed else text
    if not name or not re.fullmatch(r"[A-Za-z0-9_-]{6}", name):
        return text
    default = "access" if event["target"] == "signer" else "session"
    credential = known.get(name) or CREDENTIAL_OF.get(str(event["details"].get("record")), default)
    return RichText(text, " ", Fingerprint(credential, name))


def _asked(response: requests.Response, masker: Masker) -> list[RichText]:
    """List the credentials that the request carries."""
    lines = []
    for credential in masker.sent:
        match credential.where:
            case "Cookie":
                head = f"Cookie: {credential.name}="
            case "body":
                head = f"{credential.name} "
            case "Authorization":
                head = "Authorization: Bearer "
            case header:
                head = f"{header}: "
        lines.append(RichText(head, credential.fingerprint))
    if text_of(response.request.headers.get("Authorization", "")).lower().startswith("basic "):
        lines.append(RichText(f"Authorization: Basic {HIDDEN}"))
    body = parsed(text_of(response.request.body or ""))
    if isinstance(body, dict) and "password" in body:
        name = masker.text(str(body.get("username", "")))
        lines.append(RichText(name, " " if name else "", HIDDEN))
    return lines


def _answered(response: requests.Response, masker: Masker) -> list[RichText]:
    """List the credentials that the response issues or deletes, and the code of an error."""
    lines = []
    for credential in masker.received:
        if credential.where == "Set-Cookie":
            lines.append(RichText(f"Set-Cookie: {credential.name}=", credential.fingerprint))
        elif credential.kind != "csrf":
            lines.append(RichText(f"{credential.name} ", credential.fingerprint))
    gone = [name for name, value in map(cookie_pair, set_cookies(response)) if not value]
    lines += [RichText(f"Set-Cookie: {name}= (thrown away)") for name in gone]
    body = parsed(response.text) if response.status_code >= 400 else None
    if isinstance(body, dict) and isinstance(body.get("code"), str):
        lines.append(masker.text(body["code"]))
    return lines
