"""Verifiers that do not look at a claim, or not closely enough."""

from __future__ import annotations

from typing import ClassVar

from labserver.kit.forgery.broken_verifiers.broken import Broken
from labserver.kit.forgery.mint import AUDIENCE
from labserver.kit.forgery.reference_verifier import Fields


class ForgetsTyp(Broken):
    """Any well-signed token is an access token."""

    lets_in: ClassVar = {"refresh_as_access"}

    def check_type(self, header: Fields) -> None:
        pass


class ForgetsExp(Broken):
    """The end of a token is not looked at."""

    lets_in: ClassVar = {"expired", "endless", "time_as_text"}

    def check_times(self, claims: Fields, now: int) -> None:
        super().check_times(claims | {"exp": now + 1}, now)


class EndsASecondLate(Broken):
    """At `exp` itself the token is still good."""

    lets_in: ClassVar = {"expired"}

    def check_times(self, claims: Fields, now: int) -> None:
        super().check_times(claims, now - (claims.get("exp") == now))


class LetsExpBeMissing(Broken):
    """The end of a token is looked at if there is one."""

    lets_in: ClassVar = {"endless"}

    def check_times(self, claims: Fields, now: int) -> None:
        super().check_times({"exp": now + 1, **claims}, now)


class ReadsTimeFromText(Broken):
    """A time may be written as text."""

    lets_in: ClassVar = {"time_as_text"}

    def check_times(self, claims: Fields, now: int) -> None:
        times = {name: int(claims[name]) for name in ("exp", "iat") if isinstance(claims.get(name), str)}
        super().check_times(claims | times, now)


class ForgetsNbf(Broken):
    """The beginning of a token is not looked at."""

    lets_in: ClassVar = {"not_yet"}

    def check_times(self, claims: Fields, now: int) -> None:
        past = {name: 0 for name in ("nbf", "iat") if type(claims.get(name)) is int}
        super().check_times(claims | past, now)


class ForgetsAudience(Broken):
    """A token for any service is taken."""

    lets_in: ClassVar = {"other_audience", "aud_lookalike"}

    def check_audience(self, claims: Fields) -> None:
        pass


class FindsAudienceWithin(Broken):
    """It is enough that the service's name stands somewhere in the audience."""

    lets_in: ClassVar = {"aud_lookalike"}

    def check_audience(self, claims: Fields) -> None:
        if AUDIENCE not in str(claims.get("aud")):
            raise ValueError("it is meant for somebody else")


class ForgetsIssuer(Broken):
    """A token of any issuer is taken."""

    lets_in: ClassVar = {"other_issuer"}

    def check_issuer(self, claims: Fields) -> None:
        pass


class ForgetsSubject(Broken):
    """The token need not say whom it is about."""

    lets_in: ClassVar = {"nobody"}

    def check_subject(self, claims: Fields) -> None:
        pass
