"""How credentials travel: in a cookie, which browsers send by themselves, or in a header, which code adds.

Two questions hide in "session or token": what the credential is, and what carries it. This module is about
carriers; it does not care what they carry.
"""

from __future__ import annotations

import hmac

from flask import Response, request

from labserver.errors import CsrfFailed, LabError, NoSession, NoToken, OriginRefused, TwoCredentials
from labserver.formats.base64url import b64encode
from labserver.formats.digests import digest
from labserver.formats.hosts import same_origin
from labserver.tracing import trace


class Cookie:
    """Carry a credential in a cookie (RFC 6265bis): HttpOnly, SameSite=Lax; over TLS Secure and `__Host-`."""

    attributes = "; HttpOnly; SameSite=Lax; Path=/"

    def __init__(self, name: str, *, tls: bool) -> None:
        self.name = f"__Host-{name}" if tls else name
        self._begins = f"{self.name}="
        self._attributes = self.attributes + ("; Secure" if tls else "")

    def read(self) -> str:
        """Give the credential that came. Raises NoSession if none did, TwoCredentials if two did."""
        line: str = request.environ.get("HTTP_COOKIE", "")
        # Blanks and tabs alone (RFC 9110 section 5.6.3): a bare strip() takes bytes of other letters too.
        pairs = [pair.strip(" \t") for pair in line.split(";")]
        found = {pair.removeprefix(self._begins) for pair in pairs if pair.startswith(self._begins)}
        if not found:
            raise NoSession("no cookie came")
        if len(found) > 1:
            raise TwoCredentials(f"two different cookies are called {self.name}")
        credential = found.pop()
        record_credential("cookie", self.name, credential)
        return credential

    def peek(self) -> str | None:
        """Give the credential if exactly one came."""
        try:
            return self.read()
        except LabError:
            return None

    def send(self, response: Response, credential: str, max_age: int) -> Response:
        """Hand the credential over. `max_age` (seconds) is for the browser's tidiness; the server decides."""
        response.headers.add("Set-Cookie", f"{self.name}={credential}; Max-Age={max_age}{self._attributes}")
        return response

    def clear(self, response: Response) -> Response:
        """Ask the client to forget it."""
        response.headers.add("Set-Cookie", f"{self.name}=; Max-Age=0{self._attributes}")
        return response

    def csrf_token(self, credential: str) -> str:
        """Derive the credential's CSRF token: only who can read our answers has it; nothing is stored.

        The credential cannot be guessed, so one hash is enough: nobody gets from the token back to it, nor
        from its key in the store to the token.
        """
        return b64encode(digest(f"csrf{credential}"))

    def check_change(self, credential: str, sent: str | None = None) -> None:
        """Refuse a change that the browser was tricked into (OWASP ASVS 3.5.1): wrong origin, no CSRF token.

        The token comes in X-CSRF-Token, unless `sent` gives it: a form without script has a hidden field.
        """
        self.check_origin()
        sent = request.headers.get("X-CSRF-Token", "") if sent is None else sent
        with trace.step("csrf.check"):
            if not hmac.compare_digest(sent.encode("utf-8", "replace"), self.csrf_token(credential).encode()):
                raise CsrfFailed("the CSRF token is missing or another session's")

    def check_origin(self) -> None:
        """Refuse what another origin's page asked for, where the browser says so (Fetch metadata, Origin)."""
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise OriginRefused("Sec-Fetch-Site names another site")
        origin = request.headers.get("Origin")
        if origin is not None and not same_origin(origin, f"{request.scheme}://{request.host}"):
            raise OriginRefused("Origin is not this server's")


class Bearer:
    """Carry a credential in the header `Authorization: Bearer` (RFC 6750), and nowhere else."""

    def read(self) -> str:
        """Give the credential that came. Raises NoToken if none did, TwoCredentials if several did."""
        scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NoToken("no Authorization: Bearer came")
        credential = credential.strip(" ")
        if not credential or "," in credential or " " in credential:
            raise TwoCredentials("Authorization holds not exactly one token")
        if "access_token" in request.args:
            raise TwoCredentials("a token came in the header and another in the address")
        record_credential("header", "Authorization", credential)
        return credential


def record_credential(carrier: str, name: str, credential: str) -> None:
    """Note in the trace, by its chip, which credential this request brought."""
    now = trace.current()
    if now is not None:
        now.credential = carrier, name, digest(credential)
