"""`labserver` with passwords that are quick to check: `python -m tests.quick_passwords serve --lab`.

Most tests log somebody in, and Argon2 is made to be slow. Here it has the smallest cost that it takes, and
nothing else differs. The real cost is tested in unit/test_users.py, and in security/test_passwords.py on a
server that is started as people start it.
"""

from labserver.__main__ import start
from labserver.auth import users

MEMORY_KIB, PASSES = 8, 1

if __name__ in ("__main__", "__mp_main__"):  # the second in a worker that is started by `spawn`
    users.MEMORY_KIB, users.PASSES = MEMORY_KIB, PASSES

if __name__ == "__main__":
    raise SystemExit(start())
