"""The users of a lab: three, with fresh random passwords."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypedDict

from labserver.auth.users import Users, random_password
from labserver.storage.database import Database

DEMO_USERS = {"ada": "user", "grace": "admin", "mallory": "user"}
ORIGINALS = "CREATE TABLE IF NOT EXISTS originals AS SELECT * FROM users"
"""A copy of the users as they are first, to which `/lab/reset` returns."""


DEMO_FILE = "demo-users.json"


class DemoUser(TypedDict):
    """How to log in as a demo user."""

    password: str
    role: str


def add_demo_users(users: Users, accounts: Database, home: Path) -> dict[str, DemoUser]:
    """Make the demo users, or find those of an earlier start in the same home; by name."""
    kept = home / DEMO_FILE
    if kept.exists():
        found: dict[str, DemoUser] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    demo: dict[str, DemoUser] = {
        name: {"password": random_password(), "role": role} for name, role in DEMO_USERS.items()
    }
    for name, user in demo.items():
        users.add(name, user["password"], user["role"])
    accounts.change(ORIGINALS)
    with open(kept, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        json.dump(demo, file)
    return demo


def read_demo_users(home: Path) -> dict[str, str]:
    """Return the first passwords of the demo users, by name."""
    found: dict[str, DemoUser] = json.loads((home / DEMO_FILE).read_text(encoding="utf-8"))
    return {name: user["password"] for name, user in found.items()}
