"""All that a server remembers: shown as it is stored, changed for one user, or set back to the beginning."""

from __future__ import annotations

import os

from labserver.auth.users import User, random_password
from labserver.formats.digests import fingerprint
from labserver.formats.reports import AccountReport, RowReport, StateReport
from labserver.lab_mode.clock import LabClock
from labserver.lab_mode.faults import UP
from labserver.lab_mode.shared_state import SharedState
from labserver.storage.base import KINDS, Store
from labserver.tracing.recent import Traces
from labserver.web.services import Services


def state(services: Services, shared: SharedState, clock: LabClock) -> StateReport:
    """Return everything as it is stored: hashes, no secrets."""
    ring = services.ring
    return {
        "clock": {"now": clock.now(), "offset": shared.offset},
        "store": {"kind": services.store.name, "rows": rows(services.store)},
        "users": [_account(user) for user in services.users.everybody()],
        "keys": [{"kid": key.kid, "alg": key.alg, "signs": key is ring.newest} for key in ring.all()],
        "worker": os.getpid(),
    }


def rows(store: Store) -> list[RowReport]:
    """Return every row of the store."""
    found: list[RowReport] = []
    for kind in KINDS:
        for key, row in store.find(kind):
            # A family's row is found by its family, but its credential is the token that is good now.
            digest = bytes.fromhex(row.data["current"]) if kind == "family" else key
            found.append(
                {
                    "kind": kind,
                    "key": key.hex(),
                    "chip": fingerprint(digest),
                    "owner": row.owner,
                    "expires": row.expires,
                    "data": row.data,
                }
            )
    return found


def change_user(
    services: Services,
    username: str,
    *,
    password: str | None,
    role: str | None,
    email: str | None,
    disabled: bool | None,
) -> User | None:
    """Make a user, or change one: None leaves a thing as it is. Disabling ends all that is theirs."""
    users = services.users
    if users.find(username) is None:
        users.add(username, password or random_password(), role or "user", email)
    else:
        for change, new in ((users.set_password, password), (users.set_role, role), (users.set_email, email)):
            if new is not None:
                change(username, new)
    if disabled is not None:
        users.set_disabled(username, disabled)
    if disabled:
        services.end_all(username)
    return users.find(username)


def start_over(services: Services, shared: SharedState, clock: LabClock, traces: Traces) -> None:
    """Go back to the beginning: no rows, no traces, the first users, one new key, the right time."""
    shared.fault = UP  # first: a store that is down would not forget
    for kind in KINDS:
        services.store.delete(kind, [key for key, _ in services.store.find(kind)])
    with services.accounts.transaction() as connection:
        connection.execute("DELETE FROM users")
        connection.execute("INSERT INTO users SELECT * FROM originals")
        connection.execute("DELETE FROM tries")
        services.ring.start_over(connection)
    traces.clear()
    clock.reset()
    shared.keys += 1
    shared.resets += 1


def _account(user: User) -> AccountReport:
    return {
        "username": user.username,
        "role": user.role,
        "email": user.email,
        "disabled": user.disabled,
        "password": "$".join(user.password.split("$")[:4]),
    }
