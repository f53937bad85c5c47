"""What the server keeps: the rows of its session store as they are stored, its users, its keys."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from labserver.kit.failures import KitError
from labserver.kit.look import chip_of, clean, mark_chip, markup, page, plain, text_table

_ROWS = {
    "session": ("session", "session"),
    "family": ("refresh family", "refresh"),
    "denied": ("denied token", "jti"),
}
PARTS = ("store", "users", "keys")


class Table(NamedTuple):
    """A table in marked text."""

    title: str
    head: list[str]
    rows: list[list[str]]


class State:
    """The server's memory: `rows` of its session store as plain dicts, beside them `users` and `keys`.

    One of the three is shown. A row is found by the SHA-256 of a credential, so nobody can log in with what
    is written here.
    """

    def __init__(self, state: dict[str, Any], part: str = "store") -> None:
        if part not in PARTS:
            raise KitError(f"lab.state shows one of {', '.join(map(repr, PARTS))}, not {part!r}")
        self._part = part
        self.store: str = state["store"]["kind"]
        self.rows: list[dict[str, Any]] = state["store"]["rows"]
        self.users: list[dict[str, Any]] = state["users"]
        self.keys: list[dict[str, Any]] = state["keys"]
        self.now: float = state["clock"]["now"]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        title, head, rows = self._table()
        table = text_table([[plain(cell) for cell in row] for row in [head, *rows]], left=len(head))
        return f"{title}\n{table}" if rows else title

    def _repr_html_(self) -> str:
        title, head, rows = self._table()
        heads = "".join(f'<th scope="col" class="l">{markup(name)}</th>' for name in head)
        body = "".join(_html_row(row) for row in rows)
        table = f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>" if rows else ""
        return page(f"<table><caption>{markup(title)}</caption>{table}</table>", "table")

    def _table(self) -> Table:
        if self._part == "users":
            users = [
                [
                    user["username"],
                    user["role"],
                    user["email"] or "–",
                    user["password"],
                    "no" if user["disabled"] else "yes",
                ]
                for user in self.users
            ]
            head = ["user", "role", "email", "password", "may log in"]
            return Table(
                f"Users' table: {_count(users, 'user')}", head, [list(map(clean, row)) for row in users]
            )
        if self._part == "keys":
            keys = [
                [
                    key["alg"],
                    "signs and verifies" if key["signs"] else "only verifies",
                    json.dumps({"kid": key["kid"]}),
                ]
                for key in self.keys
            ]
            head = ["algorithm", "use", "a token names it"]
            return Table(f"Key ring: {_count(keys, 'key')}", head, [list(map(clean, row)) for row in keys])
        title = f"Session store ({clean(self.store)}): {_count(self.rows, 'row')}"
        return Table(title, ["what", "of", "key", "content", "ends"], [self._row(row) for row in self.rows])

    def _row(self, row: dict[str, Any]) -> list[str]:
        what, kind = _ROWS.get(row["kind"], (clean(row["kind"]), "session"))
        words = []
        for name, value in row["data"].items():
            if name in ("created", "used"):
                words.append(f"{name} {ago(self.now - value)}")
            elif name == "current":  # the one refresh token that is good now
                words.append(f"good now sha256({mark_chip('refresh', chip_of(value))})")
            elif name == "issued":
                words += [f"issued {_count(value, 'access token')}"] if value else []
            elif value not in ([], {}):
                words.append(f"{clean(name)} {clean(json.dumps(value, ensure_ascii=False))}")
        # A row is found by its credential; a family's by its family, since the token changes with each use.
        key = "sha256(family id)" if row["kind"] == "family" else f"sha256({mark_chip(kind, row['chip'])})"
        return [what, clean(row["owner"]), key, ", ".join(words), ends(row["expires"] - self.now)]


def _html_row(row: list[str]) -> str:
    cells = "".join(f'<td class="l">{markup(cell)}</td>' for cell in row[1:-1])
    last = f'<td class="l now">{markup(row[-1])}</td>'
    return f'<tr><th scope="row" class="l">{markup(row[0])}</th>{cells}{last}</tr>'


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
