"""What the server stores: the rows of its session store as they are stored, its users, its keys."""

from __future__ import annotations

import json
from typing import Any

from labserver.formats.reports import AccountReport, KeyReport, RowReport, StateReport
from labserver.kit.display.fingerprint import Fingerprint
from labserver.kit.display.rich_text import RichText
from labserver.kit.display.table import Table
from labserver.kit.failures import KitError

_ROWS = {
    "session": ("session", "session"),
    "family": ("refresh family", "refresh"),
    "denied": ("denied token", "jti"),
}
_TIMES = ("created", "used")
_STORE = ["what", "of", "key", "content", "ends"]
_USERS = ["user", "role", "email", "password", "may log in"]
_KEYS = ["algorithm", "use", "a token names it"]
PARTS = ("store", "users", "keys")


class State:
    """What the server stores: `rows` of its session store as plain dicts, beside them `users` and `keys`.

    One of the three is shown. A row is found by the SHA-256 of a credential, so nobody can log in with what
    is written here. Raises KitError where `part` is none of PARTS.
    """

    def __init__(self, state: StateReport, part: str = "store") -> None:
        if part not in PARTS:
            raise KitError(f"lab.state shows one of {', '.join(map(repr, PARTS))}, not {part!r}")
        self._part = part
        self.store = state["store"]["kind"]
        self.rows = state["store"]["rows"]
        self.users = state["users"]
        self.keys = state["keys"]
        self.now = state["clock"]["now"]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return repr(self._table())

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def _table(self) -> Table:
        if self._part == "users":
            users = [self._user(user) for user in self.users]
            return Table(f"Users' table: {_count(users, 'user')}", _USERS, users)
        if self._part == "keys":
            keys = [self._key(key) for key in self.keys]
            return Table(f"Key ring: {_count(keys, 'key')}", _KEYS, keys)
        title = f"Session store ({self.store}): {_count(self.rows, 'row')}"
        return Table(title, _STORE, [self._row(row) for row in self.rows])

    def _user(self, user: AccountReport) -> list[Any]:
        columns = [user["username"], user["role"], user["email"], user["password"]]
        return [*columns, not user["disabled"]]

    def _key(self, key: KeyReport) -> list[str]:
        use = "signs and verifies" if key["signs"] else "only verifies"
        return [key["alg"], use, json.dumps({"kid": key["kid"]})]

    def _row(self, row: RowReport) -> list[Any]:
        what, kind = _ROWS.get(row["kind"], (row["kind"], "session"))
        data = row["data"]
        words = [RichText(f"{name} {ago(self.now - data[name])}") for name in _TIMES if name in data]
        for name, value in data.items():
            if name in _TIMES:
                continue
            if name == "current":  # the one refresh token that is good now
                words.append(RichText("good now sha256(", Fingerprint.of_digest("refresh", value), ")"))
            elif name == "issued":
                words += [RichText(f"issued {_count(value, 'access token')}")] if value else []
            elif name == "sealed":
                words.append(RichText(f"tokens, encrypted ({len(value)} characters)"))
            elif value not in ([], {}, "", 0):
                words.append(RichText(f"{name} {json.dumps(value, ensure_ascii=False)}"))
        # A row is found by its credential; a family's by its family, since the token changes with each use.
        credential = "family id" if row["kind"] == "family" else Fingerprint(kind, row["chip"])
        key = RichText("sha256(", credential, ")")
        return [what, row["owner"], key, RichText.join(", ", words), ends(row["expires"] - self.now)]


def _count(rows: list[Any], noun: str) -> str:
    return f"{len(rows) or 'no'} {noun}{'s' if len(rows) != 1 else ''}"


def ends(seconds: float) -> str:
    """Say when something ends, so coarsely that a slow machine says the same: in 30 min, in 14 d, over."""
    return f"in {_coarse(seconds)}" if seconds > 0 else "over"


def ago(seconds: float) -> str:
    """Say how long ago something was, as coarsely as `ends`."""
    return f"{_coarse(seconds)} ago" if seconds >= 30 else "just now"


def _coarse(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            return f"{round(seconds / size)} {unit}"
    return "a minute" if seconds >= 30 else "seconds"
