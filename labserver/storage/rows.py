"""What a row of each kind must look like. A store returns no other.

A row may be odd without an attack: a damaged disk, another program in the same Redis, another version of this
server. The user it belongs to has to log in again; nobody else notices.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeGuard

from labserver.errors import RowUnreadable
from labserver.storage.base import DeniedData, FamilyData, Record, RecordKind, SessionData, is_time

Data = dict[str, Any]


def make_record(kind: RecordKind, owner: Any, expires: Any, data: Any) -> Record:
    """Make a record of a stored row. Raises RowUnreadable unless it is as this server writes it."""
    if type(owner) is str and is_time(expires) and type(data) is dict and SHAPES[kind](data):
        return Record(owner, expires, data)
    raise RowUnreadable(f"the row of a {kind} is not as this server writes it")


def is_session(data: Data) -> TypeGuard[SessionData]:
    """Tell whether a session's row has its times, and whatever else it has in its form."""
    return (
        is_time(data.get("created"))
        and is_time(data.get("used"))
        and (len(data) == len(("created", "used")) or _is_extra(data))
    )


def _is_extra(data: Data) -> bool:
    """Check what a session's row may have besides its times."""
    cart = data.get("cart", [])
    return (
        type(cart) is list
        and all(type(item) is str for item in cart)
        and type(data.get("flash", "")) is str
        and type(data.get("sealed", "")) is str
        and is_time(data.get("lease", 0.0))
    )


def is_family(data: Data) -> TypeGuard[FamilyData]:
    """Tell whether a family's row has its times, its current token's hash, and its access tokens."""
    current, issued = data.get("current"), data.get("issued")
    return (
        is_time(data.get("created"))
        and is_time(data.get("used"))
        and type(current) is str
        and re.fullmatch("[0-9a-f]{64}", current) is not None
        and type(data.get("resource", "")) is str
        and type(issued) is list
        and all(
            type(one) is list and len(one) == 2 and type(one[0]) is str and is_time(one[1]) for one in issued
        )
    )


def is_denied(data: Data) -> TypeGuard[DeniedData]:
    """Accept any row: that it is there is what counts."""
    return True


SHAPES: dict[RecordKind, Callable[[Data], bool]] = {
    "session": is_session,
    "family": is_family,
    "denied": is_denied,
}
