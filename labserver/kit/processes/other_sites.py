"""Pages on other origins, in a process beside a lab: an attacker's, a blog's, an honest app's."""

from __future__ import annotations

import time
from typing import Self

from labserver.formats.reports import Received, Recorded
from labserver.kit.failures import KitError
from labserver.kit.processes.child import Child
from labserver.kit.processes.child_server import ChildServer
from labserver.kit.processes.client import Direct

PATIENCE = 3.0
"""Seconds until a request that was not recorded counts as not sent."""


class OtherSites(ChildServer):
    """A running `labserver other-sites`: one port, and a site for each name under which it is opened."""

    def __init__(self, child: Child) -> None:
        self._child, self._session = child, Direct()

    @classmethod
    def start(cls) -> Self:
        """Start it and wait until it answers. Raises StartFailed."""
        return cls(Child("the other sites", "labserver", "other-sites", "--exit-with-stdin"))

    @property
    def port(self) -> int:
        """The port of all these sites."""
        return int(self.url.rpartition(":")[2])

    def origin(self, name: str) -> str:
        """Return the origin of a site: `origin("evil.localhost")`."""
        return f"http://{name}:{self.port}"

    def recorded(self) -> Recorded:
        """Return what came, and what scripts stole. Raises KitError."""
        answer = self._session.get(
            f"{self.url}/recorded",
            headers={"X-Lab-Key": str(self.child.ready["key"])},
            timeout=10,
        )
        if not answer.ok:
            raise KitError(f"the other sites answer {answer.status_code}")
        found: Recorded = answer.json()
        return found

    def received(self, name: str, patience: float = PATIENCE) -> Received | None:
        """Wait for the request of that name, and return what came with it; None if it does not come."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            found = self.recorded()["received"].get(name)
            if found is not None:
                return found
            time.sleep(0.02)
        return None

    def stop(self) -> None:
        """End it; safe to call twice."""
        self._session.close()
        super().stop()
