"""What the server keeps: the rows of its session store as they are stored, its users, its keys."""

from __future__ import annotations

import json
from typing import Any

from labserver.kit.look import TABLE_CSS, chip_of, clean, mark_chip, markup, page, plain, text_table

_TITLES = {"session": "session", "family": "refresh family", "denied": "denied token"}
_KINDS = {"session": "session", "family": "family", "denied": "jti"}
_TIMES = frozenset({"created", "used"})


class State:
    """The server's memory. `rows` are the session store's rows as plain dicts, beside them `users` and `keys`.

    Every row is found by a SHA-256 (`key`), so nobody can log in with what is written here.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self.store: str = state["store"]["kind"]
        self.rows: list[dict[str, Any]] = state["store"]["rows"]
        self.users: list[dict[str, Any]] = state["users"]
        self.keys: list[dict[str, Any]] = state["keys"]
        self.now: float = state["clock"]["now"]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        tables = [
            f"{title}\n{plain(text_table([head, *rows], left=9))}" for title, head, rows in self._tables()
        ]
        return "\n\n".join(tables)

    def _repr_html_(self) -> str:
        return page("".join(_html(*table) for table in self._tables()), TABLE_CSS)

    def _tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        count = len(self.rows)
        title = f"Session store ({clean(self.store)}): {count or 'no'} row{'s' if count != 1 else ''}"
        rows = [self._row(row) for row in self.rows]
        users = [
            [
                user["username"],
                user["role"],
                user["email"] or "",
                "yes" if user["disabled"] else "no",
                user["password"],
            ]
            for user in self.users
        ]
        keys = [
            [key["alg"], "signs and verifies" if key["signs"] else "only verifies", key["kid"]]
            for key in self.keys
        ]
        return [
            (title, ["what", "of", "key: sha256 of", "the row says", "ends"], rows),
            (
                "Users' table",
                ["user", "role", "email", "disabled", "password"],
                [list(map(clean, row)) for row in users],
            ),
            ("Signing keys", ["algorithm", "use", "key id"], [list(map(clean, row)) for row in keys]),
        ]

    def _row(self, row: dict[str, Any]) -> list[str]:
        said = {
            name: value for name, value in row["data"].items() if name not in _TIMES and value not in ([], {})
        }
        if isinstance(
            current := said.get("current"), str
        ):  # the SHA-256 of the one refresh token that is good now
            said["current"] = mark_chip("refresh", chip_of(current))
        times = [
            f"{name} {ago(self.now - row['data'][name])}"
            for name in ("created", "used")
            if name in row["data"]
        ]
        words = [
            f"{name}: {value if isinstance(value, str) else json.dumps(value)}"
            for name, value in said.items()
        ]
        chip = mark_chip(_KINDS[row["kind"]], row["chip"])
        return [
            _TITLES[row["kind"]],
            clean(row["owner"]),
            chip,
            ", ".join([*times, *words]),
            ends(row["expires"] - self.now),
        ]


def _html(title: str, head: list[str], rows: list[list[str]]) -> str:
    heads = "".join(f'<th scope="col" class="l">{markup(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row" class="l">{markup(row[0])}</th>'
        + "".join(f'<td class="l">{markup(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"<table><caption>{markup(title)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def ends(seconds: float) -> str:
    """Say when something ends, in units so coarse that a slow machine tells the same: in 30 min, in 14 d, over."""
    return f"in {_coarse(seconds)}" if seconds > 0 else "over"


def ago(seconds: float) -> str:
    """Say how long ago something was, as coarsely as `ends`."""
    return f"{_coarse(seconds)} ago" if seconds >= 60 else "just now"


def _coarse(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds)} s"
