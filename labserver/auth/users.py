"""Who can log in: the users' table, the password check, and what slows a guesser down.

The users' table is not the session store: while the store is down, a token still opens `/token/me`.
"""

from __future__ import annotations

import logging
import re
import secrets
import unicodedata
from base64 import b64encode
from importlib import resources
from typing import NamedTuple

import argon2

from labserver.auth.throttle import Throttle
from labserver.errors import InvalidCredentials, InvalidRequest, RowUnreadable
from labserver.storage.clock import SupportsNow
from labserver.storage.database import Database
from labserver.tracing import trace

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    username TEXT PRIMARY KEY, password TEXT NOT NULL, role TEXT NOT NULL, email TEXT NOT NULL,
    disabled INT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tries (
    name BLOB PRIMARY KEY, count INT NOT NULL, latest REAL NOT NULL, until REAL NOT NULL
) WITHOUT ROWID;
"""
ROLES = ("user", "admin")
PASSWORD_MIN, PASSWORD_MAX = 8, 256
TYPED_MAX = 4 * PASSWORD_MAX
"""How long a password may arrive: decomposed (NFD), one character is up to four."""

MEMORY_KIB, PASSES = 19 * 1024, 2
_COMMON = frozenset(
    resources.files("labserver.auth").joinpath("common-passwords.txt").read_text(encoding="utf-8").split()
)


class User(NamedTuple):
    """A row of the users' table; `password` is the Argon2id hash with its parameters and salt."""

    username: str
    password: str
    role: str
    email: str
    disabled: bool

    def profile(self) -> dict[str, str]:
        """Return the resource that every flow shows."""
        return {"username": self.username, "role": self.role, "email": self.email}


class Users:
    """Find, check and change users. Passwords are Argon2id hashes (OWASP: 19 MiB, 2 passes, 1 lane)."""

    def __init__(self, database: Database, clock: SupportsNow) -> None:
        self._database = database
        self._throttle = Throttle(database, clock)
        self._hasher = argon2.PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        # An unknown user is checked against this, so that the answer takes as long as for a known one. It is
        # the hash of no password: random bytes in its place.
        salt, digest = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
        self._decoy = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1${salt}${digest}"

    def find(self, username: str) -> User | None:
        """Read one user, unrecorded in the trace."""
        rows = self._database.rows("SELECT * FROM users WHERE username = ?", (username,))
        return _user(rows[0]) if rows else None

    def profile(self, username: str) -> User | None:
        """Read one user as the resource that a request asked for."""
        with trace.step("users.read", owner=username):
            return self.find(username)

    def everybody(self) -> list[User]:
        """List all users by name."""
        rows = self._database.rows("SELECT * FROM users ORDER BY username")
        return [_user(row) for row in rows]

    def authenticate(self, username: str, password: str) -> User:
        """Check a user name and a password.

        Raises InvalidCredentials, the same for an unknown user, a wrong password and a disabled user;
        TooManyTries when this name was guessed at too often, whether or not it exists.
        """
        self._throttle.count(username)
        user = self.find(username)
        normal = normalize(password)
        for spelling in dict.fromkeys((normal, password)):  # older hashes are of what was typed
            with trace.step("password.check") as step:
                right = step.ok = self._matches(user.password if user else self._decoy, spelling)
            if right:
                break
        if user is None or not right or user.disabled:
            raise InvalidCredentials("the name is unknown or disabled, or the password is wrong")
        self._throttle.clear(username)
        if spelling != normal or self._hasher.check_needs_rehash(user.password):
            user = user._replace(password=self._hasher.hash(normal))
            self._set(username, "password", user.password)
        return user

    def still_valid(self, user: User) -> bool:
        """Tell whether the user may still log in as checked: not disabled, no new password meanwhile."""
        now = self.find(user.username)
        return now is not None and not now.disabled and now.password == user.password

    def add(self, username: str, password: str, role: str = "user", email: str | None = None) -> User:
        """Make a new user. Raises InvalidRequest for a name, role or password that will not do."""
        if not re.fullmatch(r"[a-z][a-z0-9_.-]{0,31}", username):
            raise _refused(
                "A user name is 1 to 32 lower-case letters, digits, dots, dashes, and starts with a letter."
            )
        if role not in ROLES:
            raise _refused(f"A role is one of {', '.join(ROLES)}.")
        password = check_password(password, username)
        user = User(
            username, self._hasher.hash(password), role, email or f"{username}@example.org", disabled=False
        )
        if not self._database.change("INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?, ?)", user):
            raise _refused(f"There is a user {username} already.")
        return user

    def set_password(self, username: str, password: str) -> str:
        """Set a new password and return its hash. Raises InvalidRequest if it is short or common."""
        password = check_password(password, username)
        with trace.step("password.hash"):
            hashed = self._hasher.hash(password)
        self._set(username, "password", hashed)
        return hashed

    def set_email(self, username: str, email: str) -> None:
        """Change the address."""
        self._set(username, "email", email)

    def set_role(self, username: str, role: str) -> None:
        """Promote or demote."""
        self._set(username, "role", role)

    def set_disabled(self, username: str, disabled: bool) -> None:
        """Close or open the account; ending its sessions and families is the caller's part."""
        self._set(username, "disabled", disabled)

    def _set(self, username: str, column: str, value: str | bool) -> None:
        with trace.step("users.write", field=column, owner=username):
            self._database.change(f"UPDATE users SET {column} = ? WHERE username = ?", (value, username))

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except argon2.exceptions.VerifyMismatchError:
            return False
        except (argon2.exceptions.VerificationError, ValueError) as error:  # such a hash lets nobody log in
            logging.getLogger(__name__).warning("a stored password hash cannot be used: %s", error)
            return False


def random_password() -> str:
    """Make a password that nobody guesses: of digits, so that it cannot hold a user's name."""
    return f"{secrets.randbelow(10**20):020}"


def normalize(password: str) -> str:
    """Normalise a password as it is hashed (RFC 8265 section 4.2): NFC, any blank as a space.

    The same key gives "é" as one character (NFC) on one system, and as two (NFD) on another.
    """
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in password)
    return unicodedata.normalize("NFC", spaced)


def check_password(password: str, username: str) -> str:
    """Return a password as it is hashed; refuse one that is short, very long or common (OWASP ASVS 6.2).

    No rules about its characters, but that they can be typed. Raises InvalidRequest with the cure.
    """
    password = normalize(password)
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in password):
        raise _refused(
            "A password is valid text without control characters, such as a tab: not every form takes them."
        )
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise _refused(f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters; 15 or more are better.")
    if password.lower() in _COMMON or username.lower() in password.lower():
        raise _refused("This password is among the first that a guesser tries. Choose another.")
    return password


def _user(row: tuple[str, str, str, str, int]) -> User:
    if {*map(type, row[:4])} != {str}:
        raise RowUnreadable("a row of the users' table is not as this server writes it")
    return User(*row[:4], bool(row[4]))


def _refused(sentence: str) -> InvalidRequest:
    return InvalidRequest(sentence, detail=sentence)
