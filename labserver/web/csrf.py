"""Cross-site request forgery: a browser sends cookies by itself, so a change has to prove whose page asked.

The proof is a token that only our own pages can read, and what browsers say of where a request comes from
(OWASP ASVS 3.5.1). A credential in a header needs none of it: no browser adds one by itself.
"""

from __future__ import annotations

import hmac

from flask import request

from labserver.errors import CsrfFailed, OriginRefused
from labserver.formats.base64url import b64encode
from labserver.formats.digests import digest
from labserver.formats.hosts import same_origin
from labserver.tracing import trace

PREFIX = "labserver.prefix"
"""Where a request's environment says under which prefix a reverse proxy serves us, if there is a proxy."""

ORIGIN_ERRORS = (OriginRefused,)
CSRF_ERRORS = (CsrfFailed, OriginRefused)


def csrf_token(credential: str) -> str:
    """Derive a credential's CSRF token. Nothing is stored.

    The credential cannot be guessed, so one hash is enough: neither the token nor the key in the store leads
    back to it, nor from one to the other.
    """
    return b64encode(digest(f"csrf{credential}"))


class CsrfGuard:
    """Refuse a change that the browser was tricked into."""

    def check_origin(self) -> None:
        """Refuse what another origin's page asked for, where the browser says so. Raises OriginRefused.

        Browsers say it in Sec-Fetch-Site (Fetch Metadata) and in Origin (RFC 6454). A server behind a proxy
        does not know whether the browser speaks TLS with it, so there host and port alone are compared.
        """
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise OriginRefused("Sec-Fetch-Site names another origin")
        origin = request.headers.get("Origin")
        schemes = ("http", "https") if PREFIX in request.environ else (request.scheme,)
        host = request.headers.get("Host", "")
        if origin is not None and not any(same_origin(origin, f"{each}://{host}") for each in schemes):
            raise OriginRefused("Origin is not this server's")

    def check(self, credential: str, sent: str | None = None) -> None:
        """Check the origin and the CSRF token. Raises OriginRefused or CsrfFailed.

        The token comes in X-CSRF-Token, unless `sent` gives it: a form without script has a hidden field.
        """
        self.check_origin()
        sent = request.headers.get("X-CSRF-Token", "") if sent is None else sent
        with trace.step("csrf.check"):
            if not hmac.compare_digest(sent.encode("utf-8", "replace"), csrf_token(credential).encode()):
                raise CsrfFailed("the CSRF token is missing or another session's")
