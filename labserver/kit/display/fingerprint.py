"""Fingerprints: how a credential is named without being shown, wherever it turns up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from labserver.formats.digests import digest, fingerprint
from labserver.kit.display.html import render


class CredentialKind(NamedTuple):
    """How one kind of credential is drawn: distinguished by shape, colour and word."""

    glyph: str
    css: str
    word: str


KINDS = {
    "session": CredentialKind("●", "s", "session id"),
    "access": CredentialKind("◆", "t", "access token"),
    "refresh": CredentialKind("▲", "t", "refresh token"),
    "jti": CredentialKind("◇", "t", "id of an access token (jti)"),
    "csrf": CredentialKind("■", "c", "CSRF token"),
}


def fingerprint_of(credential: str) -> str:
    """Return a credential's short name: six characters of the base64url of its SHA-256."""
    return fingerprint(digest(credential))


@dataclass(frozen=True, slots=True, repr=False)
class Fingerprint:
    """The short name of a credential, to print or to put into a table; it does not reveal the credential.

    Shown as a chip such as `● k7Qx9f`. `kind` is a key of KINDS, `name` the six characters.
    """

    kind: str
    name: str

    @classmethod
    def of(cls, kind: str, credential: str) -> Fingerprint:
        """Take the fingerprint of a credential."""
        return cls(kind, fingerprint_of(credential))

    @classmethod
    def of_digest(cls, kind: str, sha256: str) -> Fingerprint:
        """Take it where only the credential's SHA-256 (in hex) is known, as in a stored row."""
        return cls(kind, fingerprint(bytes.fromhex(sha256)))

    def __str__(self) -> str:
        return f"{KINDS[self.kind].glyph} {self.name}"

    __repr__ = __str__

    def __html__(self) -> Markup:
        kind = KINDS[self.kind]
        return Markup('<span class="chip {}" title="{}">{}</span>').format(kind.css, kind.word, str(self))

    def svg(self) -> Markup:
        """Draw the chip as a part of an SVG text element."""
        return Markup('<tspan class="{}">{}</tspan>').format(KINDS[self.kind].css, str(self))

    def _repr_html_(self) -> str:
        return render("page.html", body=self)
