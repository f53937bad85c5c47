"""What a user has set up for other programs, and what may not reach Playwright or the browser.

Playwright reads some of it as it is imported, and gives its driver, a Node.js, the whole environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

STAY_OUT = (
    "NODE_",  # NODE_OPTIONS has the driver load other code, or not start
    "NPM_CONFIG_",
    "PLAYWRIGHT_",
    "PW_",
    "PWDEBUG",  # shows a window and waits for a person
    "PWTEST",
    "DEBUG",  # writes each step to the notebook's stderr
)
"""How the names begin, in capitals."""

NODE = "PLAYWRIGHT_NODEJS_PATH"
"""May come in: where the system's Node.js is, if Playwright has none of its own."""


@contextmanager
def plain_environment() -> Iterator[None]:
    """Take out of this process's environment what must not be passed on, for as long as the block lasts."""
    names = [name for name in os.environ if name.upper().startswith(STAY_OUT) and name != NODE]
    taken = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(taken)
