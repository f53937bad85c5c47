"""Revocation: when access really ends, and what a fast end costs.

revocation.seconds(lab, revocation.log_out, revocation.AccessToken)   # 900
found = revocation.survey({"session": (lab, revocation.SessionId), …})
revocation.chart("What is looked up ends at once", found)
"""

from labserver.kit.revocation.credential_holders import AccessToken, CredentialHolder, RefreshToken, SessionId
from labserver.kit.revocation.survey import chart, price, survey
from labserver.kit.revocation.time_to_revoke import (
    EVENTS,
    account_disabled,
    admin_demoted,
    log_out,
    log_out_everywhere,
    new_password,
    nobody_notices,
    refresh_token_used_twice,
    seconds,
)

__all__ = [
    "EVENTS",
    "AccessToken",
    "CredentialHolder",
    "RefreshToken",
    "SessionId",
    "account_disabled",
    "admin_demoted",
    "chart",
    "log_out",
    "log_out_everywhere",
    "new_password",
    "nobody_notices",
    "price",
    "refresh_token_used_twice",
    "seconds",
    "survey",
]
