"""What carries a credential: a cookie, which browsers send by themselves, or a header, which code adds.

Read the two side by side. Neither cares what it carries.
"""

from __future__ import annotations

from typing import Protocol

from flask import Response, request

from labserver.errors import InvalidToken, LabError, NoCredential, NoSession, NoToken, TwoCredentials
from labserver.formats.digests import digest
from labserver.tracing import trace
from labserver.web.csrf import PREFIX, CsrfGuard, csrf_token
from labserver.web.fast import environ


class Carrier(Protocol):
    """One way for a credential to travel; `scheme` names it in /openapi.json."""

    name: str
    scheme: str
    missing: type[NoCredential]
    """How it refuses a request without a credential,"""
    refused: type[LabError]
    """and one whose credential is not good (any more)."""

    @property
    def csrf(self) -> CsrfGuard | None:
        """What a change has to pass; None where no browser sends the credential by itself."""

    def read(self) -> str:
        """Return the credential that came. Raises NoCredential, or TwoCredentials if several did."""

    def replaces(self) -> str | None:
        """Return the credential that a new one would take the place of, if exactly one came."""

    def facts(self, credential: str) -> dict[str, str]:
        """Return what an answer's body tells the client of its credential."""

    def send(self, response: Response, credential: str, max_age: int) -> Response:
        """Hand a new credential over, for `max_age` seconds."""

    def clear(self, response: Response) -> Response:
        """Ask the client to forget its credential."""


class Cookie:
    """A cookie (RFC 6265bis): HttpOnly, SameSite=Lax; over TLS also Secure, and its name begins `__Host-`.

    Its path is `/`, or the prefix under which a reverse proxy serves us: nothing else there gets a copy.
    """

    name = "cookie"
    missing: type[NoCredential] = NoSession
    refused: type[LabError] = NoSession
    attributes = "; HttpOnly"

    def __init__(
        self, name: str, *, tls: bool, csrf: CsrfGuard, scheme: str = "cookie", same_site: str = "Lax"
    ) -> None:
        self.scheme, self.csrf = scheme, csrf
        self.cookie_name = f"__Host-{name}" if tls else name
        self._begins = f"{self.cookie_name}="
        self._attributes = f"{self.attributes}; SameSite={same_site}; Path="
        self._secure = "; Secure" if tls else ""

    def read(self) -> str:
        found: set[str] = set()
        for part in environ().get("HTTP_COOKIE", "").split(";"):
            # Blanks and tabs alone (RFC 9110 section 5.6.3): a bare strip() takes bytes of other letters too.
            pair = part.strip(" \t")
            if pair.startswith(self._begins):
                found.add(pair.removeprefix(self._begins))
        if not found:
            raise self.missing("no cookie came")
        if len(found) > 1:
            raise TwoCredentials(f"two different cookies are called {self.cookie_name}")
        credential = found.pop()
        record_credential("cookie", self.cookie_name, credential)
        return credential

    def replaces(self) -> str | None:
        try:
            return self.read()
        except LabError:
            return None

    def facts(self, credential: str) -> dict[str, str]:
        return {"csrf_token": csrf_token(credential)}

    def send(self, response: Response, credential: str, max_age: int) -> Response:
        """Set the cookie. `max_age` is for the browser's tidiness; the server decides."""
        path = f"{environ().get(PREFIX, '')}/"
        value = f"{self.cookie_name}={credential}; Max-Age={max_age}{self._attributes}{path}{self._secure}"
        response.headers.add("Set-Cookie", value)
        return response

    def clear(self, response: Response) -> Response:
        return self.send(response, "", 0)


class Bearer:
    """The header `Authorization: Bearer` (RFC 6750), and nowhere else."""

    name, scheme, csrf = "header", "bearer", None
    missing: type[NoCredential] = NoToken
    refused: type[LabError] = InvalidToken

    def read(self) -> str:
        sent = environ()
        line: str = sent.get("HTTP_AUTHORIZATION", "")
        scheme, _, credential = line.partition(" ")
        if scheme.lower() != "bearer":
            raise self.missing("no Authorization: Bearer came")
        credential = credential.strip(" ")
        if not credential or "," in credential or " " in credential:
            raise TwoCredentials("Authorization holds not exactly one token")
        if sent.get("QUERY_STRING") and "access_token" in request.args:
            raise TwoCredentials("a token came in the header and another in the address")
        record_credential("header", "Authorization", credential)
        return credential

    def replaces(self) -> str | None:
        return None  # the client's code may keep several

    def facts(self, credential: str) -> dict[str, str]:
        return {"access_token": credential, "token_type": "Bearer"}

    def send(self, response: Response, credential: str, max_age: int) -> Response:
        """Nothing to add: it is in the body, and the client's code keeps it."""
        return response

    def clear(self, response: Response) -> Response:
        """Nothing to ask: no browser keeps it, and the client's code may forget it."""
        return response


def record_credential(carrier: str, name: str, credential: str) -> None:
    """Note in the trace, by its SHA-256, which credential came with this request, and how."""
    now = trace.current()
    if now is not None:
        now.credential = carrier, name, digest(credential)
