"""When does access really end? An event happens; then the clock is moved until a copy is refused.

    from labserver import revocation
    revocation.seconds(lab, revocation.log_out, revocation.AccessToken)     # 900

A credential holder has a copy of Grace's credential: of her session id, her access token, or her refresh
token. An event is what she, or the operator, does about it. No stated lifetime is trusted: the server is
asked, second by second where it matters, whether the copy still opens the admin's page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.revocation.credential_holders import (
    WHO,
    AccessToken,
    CredentialHolder,
    RefreshToken,
    SessionId,
)

__all__ = [
    "EVENTS",
    "WHO",
    "AccessToken",
    "CredentialHolder",
    "Event",
    "RefreshToken",
    "SessionId",
    "reset_after",
    "seconds",
]

STEPS = (1, 60, 3600, 86_400, 60 * 86_400)
"""Steps of the search in seconds: the first that is too long, then the smaller ones, down to the second.

What still works after two months has no end.
"""


Event = Callable[[CredentialHolder, CredentialHolder], None]


def log_out(owner: CredentialHolder, thief: CredentialHolder) -> None:
    """Grace logs out."""
    owner.do("logout")


def log_out_everywhere(owner: CredentialHolder, thief: CredentialHolder) -> None:
    """Grace logs in on another device, and ends everything from there."""
    type(owner)(owner.lab).do("logout-all")


def new_password(owner: CredentialHolder, thief: CredentialHolder) -> None:
    """Grace sets a new password, on another device."""
    old = owner.lab.login(WHO)["password"]
    type(owner)(owner.lab).do("password", current=old, new=f"not {old}")


def account_disabled(owner: CredentialHolder, thief: CredentialHolder) -> None:
    """The operator disables Grace's account."""
    owner.lab.user(WHO, disabled=True)


def admin_demoted(owner: CredentialHolder, thief: CredentialHolder) -> None:
    """The operator takes the role of admin from Grace."""
    owner.lab.user(WHO, role="user")


def nobody_notices(owner: CredentialHolder, thief: CredentialHolder) -> None:
    """The credential was copied, and nobody does anything."""


def refresh_token_used_twice(owner: CredentialHolder, thief: CredentialHolder) -> None:
    """The refresh token was copied; the thief and Grace each renew when their access token is over.

    The thief is faster. Grace sends a token that is used up, and the server notices.

    Raises KitError for a session, which has no refresh token, and for a server that does not notice.
    """
    if not isinstance(owner, AccessToken) or not isinstance(thief, AccessToken):
        raise KitError("a session has no refresh token; this event is for AccessToken and RefreshToken")
    thief.renew()
    owner.wait(owner.lives)
    thief.renew()
    if owner.renew():
        raise KitError("a used refresh token was taken again: this server does not notice a second use")


EVENTS: dict[str, Event] = {
    "log out": log_out,
    "log out everywhere": log_out_everywhere,
    "new password": new_password,
    "account disabled": account_disabled,
    "admin demoted": admin_demoted,
    "copied, nobody notices": nobody_notices,
    "refresh token used twice": refresh_token_used_twice,
}


def seconds(lab: Lab, event: Event, holder: type[CredentialHolder]) -> int | None:
    """Find the first second after the copying at which the copy is refused; None if it has no end.

    If it still works one second before the end that the login's answer named, but not at that end, that is
    the result. Otherwise the end is searched for. The clock is held, and each try starts with `lab.reset()`,
    so that the result is the same on a machine of any speed. At the end the lab is reset.
    """
    with reset_after(lab):
        thief, before = _begin(lab, event, holder)
        if not thief.gets_in():
            return before
        if thief.gets_in_after(thief.lives - 1) and not thief.gets_in_after(1):
            return before + thief.lives
        thief, before = _begin(lab, event, holder)
        for rough in STEPS:
            if not thief.gets_in_after(rough):
                break
        else:
            return None
        works = 0
        for step in [step for step in reversed(STEPS) if step < rough]:
            thief, before = _begin(lab, event, holder)
            thief.wait(works)
            while thief.gets_in_after(step):
                works += step
        return before + works + 1


@contextmanager
def reset_after(lab: Lab) -> Iterator[None]:
    """Reset the lab at the end, also if an interrupt comes in the middle of just that."""
    try:
        yield
    finally:
        try:
            lab.reset()
        except KeyboardInterrupt:  # nobody knows how far it came, and twice does no harm
            lab.reset()
            raise


def _begin(lab: Lab, event: Event, holder: type[CredentialHolder]) -> tuple[CredentialHolder, int]:
    """Log in, copy, let it happen. Returns the thief, and how many seconds the event itself took."""
    lab.reset()
    lab.clock.hold()
    owner = holder(lab)
    thief, since = owner.copied(), lab.clock.now()
    event(owner, thief)
    return thief, round(lab.clock.now() - since)
