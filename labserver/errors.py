"""Every way to fail: a code for programs, a status for HTTP, a sentence for people."""

from __future__ import annotations

from typing import ClassVar


class LabError(Exception):
    """Refuse a request. Becomes an `application/problem+json` answer (RFC 9457).

    `reason` is what the trace may tell a learner; the answer never carries it, so that an attacker cannot
    learn from the answer which check failed first.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    detail: ClassVar[str] = "The server made a mistake. Nothing you sent explains it."
    bearer_error: ClassVar[str | None] = None
    """The error code of the Bearer challenge (RFC 6750 section 3.1), where there is one."""

    def __init__(
        self, reason: str = "", *, detail: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(reason or self.detail)
        self.reason = reason
        self.sentence = detail or self.detail
        self.retry_after = retry_after


class InvalidRequest(LabError):
    """400: the request is malformed (RFC 9110 section 15.5.1)."""

    status, code = 400, "invalid_request"
    detail = "The request is not of the form this endpoint takes; /openapi.json describes it."


class TwoCredentials(InvalidRequest):
    """RFC 6750 section 2: a client must not send a token in more than one way."""

    detail = "Send one credential, in one way."
    bearer_error = "invalid_request"


class OAuthError(LabError):
    """400: one of OAuth's own errors; the answer's `error` says so too (RFC 6749 section 5.2)."""

    status = 400


class InvalidGrant(OAuthError):
    """400: the refresh token is unknown, used, or of a family that has ended (RFC 6749 section 5.2)."""

    code = "invalid_grant"
    detail = "This refresh token is not valid (any more). Log in again."


class InvalidTarget(OAuthError):
    """400: `resource` names a service for which this login gets no token (RFC 8707 section 2)."""

    code = "invalid_target"
    detail = "No token for that resource: this server does not know it, or the login was for another one."


class UnsupportedTokenType(OAuthError):
    """400: an access token that this server cannot revoke (RFC 7009 section 2.2.1)."""

    code = "unsupported_token_type"
    detail = "This access token cannot be revoked: it is good until it expires. Revoke its refresh token."


class InvalidHost(LabError):
    """400: the Host header names another server (DNS rebinding)."""

    status, code = 400, "invalid_host"
    detail = "This server does not answer to that Host. Use the address it printed when it started."


class InvalidCredentials(LabError):
    """401: the login failed; the same for an unknown user and a wrong password (OWASP ASVS 6.3.8)."""

    status, code = 401, "invalid_credentials"
    detail = "The user name or the password is wrong."


class AccountChanged(InvalidCredentials):
    """The account got a new password or was disabled while the login was under way."""

    def __init__(self) -> None:
        super().__init__("the account changed while the password was being checked")


class NoCredential(LabError):
    """Nothing came where the carrier looks for a credential; each carrier says so with its own code."""

    status, code = 401, "no_credential"
    detail = "Log in first."


class NoSession(NoCredential):
    """401: no live session comes with the request."""

    """What a cookie carries is missing, unknown, ended or too old."""

    status, code = 401, "no_session"
    detail = "No live session comes with this request. Log in first."


class NoToken(NoCredential):
    """RFC 6750 section 3.1: a request without credentials is challenged without an error code."""

    status, code = 401, "no_token"
    detail = "Send an access token: Authorization: Bearer <token>."


class InvalidToken(LabError):
    """401: the access token does not hold; carries `error="invalid_token"` (RFC 6750 section 3.1)."""

    status, code = 401, "invalid_token"
    bearer_error = "invalid_token"
    detail = "The access token is not valid (any more). Refresh it, or log in again."


class CsrfFailed(LabError):
    """403: the CSRF token is missing or another session's (OWASP ASVS 3.5.1)."""

    status, code = 403, "csrf_failed"
    detail = "A change by cookie needs the session's own CSRF token in X-CSRF-Token."


class OriginRefused(LabError):
    """403: another origin's page asked for the change (Fetch metadata, Origin)."""

    status, code = 403, "origin_refused"
    detail = "A change by cookie is taken from this server's own pages only."


class Forbidden(LabError):
    """403: the credential is valid, its role is not enough (RFC 6750 section 3.1)."""

    status, code = 403, "forbidden"
    bearer_error = "insufficient_scope"
    detail = "This needs the role admin."


class ControlLocked(LabError):
    """403: the control API needs the lab key."""

    status, code = 403, "desk_locked"
    detail = "The lab desk opens with the key in X-Lab-Key; the process that started the server has it."


class NotFound(LabError):
    """404: nothing has this address or name (RFC 9110 section 15.5.5)."""

    status, code = 404, "not_found"
    detail = "There is nothing here; /openapi.json lists what there is."


class MethodNotAllowed(LabError):
    """405: the address takes other methods, which `reason` lists (RFC 9110 section 15.5.6)."""

    status, code = 405, "method_not_allowed"
    detail = "This address does not take that method; the Allow header lists those it takes."


class BodyTooSlow(LabError):
    """408: the body did not arrive in time (RFC 9110 section 15.5.9)."""

    status, code = 408, "body_too_slow"
    detail = "The body did not arrive in time. Send the request again."


class BodyTooLarge(LabError):
    """413: the body is too large (RFC 9110 section 15.5.14)."""

    status, code = 413, "body_too_large"
    detail = "The body is larger than this server takes (16 KiB)."


class UrlTooLong(LabError):
    """414: the address is too long (RFC 9110 section 15.5.15)."""

    status, code = 414, "url_too_long"
    detail = "The address is longer than this server takes (2 KiB)."


class UnsupportedMediaType(LabError):
    """415: the body is of another type (RFC 9110 section 15.5.16)."""

    status, code = 415, "unsupported_media_type"
    detail = "Send the body as application/json (as application/x-www-form-urlencoded to /token/revoke)."


class TooManyTries(LabError):
    """429: too many failed logins under this name; carries Retry-After (RFC 6585 section 4)."""

    status, code = 429, "too_many_tries"
    detail = "Too many failed tries for this user name. Wait as long as Retry-After says."


class HeadersTooLarge(LabError):
    """431: the headers are too large (RFC 6585 section 5)."""

    status, code = 431, "headers_too_large"
    detail = "The headers are larger than this server takes (16 KiB)."


class StoreDown(LabError):
    """503: the session store does not answer; carries Retry-After (RFC 9110 section 15.6.4)."""

    status, code = 503, "store_down"
    detail = "The store does not answer, so nobody can be recognised by it. Try again shortly."

    def __init__(self, reason: str = "", *, retry_after: int = 2) -> None:
        super().__init__(reason, retry_after=retry_after)


class RowUnreadable(StoreDown):
    """A stored row that is not as this server writes it. It opens nothing; other rows are not concerned."""


class KeysUnknown(LabError):
    """503: the issuer's keys could not be fetched; carries Retry-After."""

    status, code = 503, "keys_unknown"
    detail = "The issuer's keys cannot be had, so no token can be checked. Try again shortly."


class BadKey(ValueError):
    """A key that must not be used, published or stored; the reason says what is wrong with it."""


class SettingsError(Exception):
    """Stop before starting: the settings do not make a server (exit code 2)."""


class StoreUnusable(Exception):
    """Stop before starting: the store cannot be opened (exit code 4)."""
