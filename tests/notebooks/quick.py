"""`python -m labserver`, with passwords that are quick to check; `short` lets notebooks start it.

The password hash is as real as ever, with less work in it: what a notebook's cells do is tested, not how
long a login takes. nbval runs every notebook with the server as it is.
"""

from __future__ import annotations

from labserver.__main__ import start
from labserver.auth import users

users.PASSES, users.MEMORY_KIB = 1, 8

if __name__ == "__main__":
    raise SystemExit(start())
