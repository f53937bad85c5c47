"""Revocation: when access really ends, and what a fast end costs.

revocation.seconds(lab, revocation.log_out, revocation.AccessToken)   # 900
found = revocation.survey({"session": (lab, revocation.SessionId), …})
revocation.chart("How long a copy is good", found)
revocation.measure_way(revocation.RetiredKey(lab))                    # another way to end access, measured
"""

from labserver.kit.revocation.credential_holders import AccessToken, CredentialHolder, RefreshToken, SessionId
from labserver.kit.revocation.second_signature import second_signature
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
from labserver.kit.revocation.way_costs import Measured, measure_way
from labserver.kit.revocation.ways import Denylist, LookUp, PushedList, RetiredKey, VersionNumber, Way

__all__ = [
    "EVENTS",
    "AccessToken",
    "CredentialHolder",
    "Denylist",
    "LookUp",
    "Measured",
    "PushedList",
    "RefreshToken",
    "RetiredKey",
    "SessionId",
    "VersionNumber",
    "Way",
    "account_disabled",
    "admin_demoted",
    "chart",
    "log_out",
    "log_out_everywhere",
    "measure_way",
    "new_password",
    "nobody_notices",
    "price",
    "refresh_token_used_twice",
    "second_signature",
    "seconds",
    "survey",
]
