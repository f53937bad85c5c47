"""Measure a way to end access: how late it is, what it reads, and who has to leave too.

found = revocation.measure_way(revocation.RetiredKey(lab))
found.seconds, found.reads, found.also_out     # 0, 0, ["Grace's laptop", "Ada"]
"""

from __future__ import annotations

from dataclasses import dataclass

from labserver.kit.failures import KitError
from labserver.kit.revocation.ways import Device, Way

LONGEST = 900
"""Seconds after which a way that ends nothing is given up."""


@dataclass(frozen=True)
class Measured:
    """What one way costs: how late it is, what it reads, and who has to leave too."""

    way: str
    seconds: int
    """From the end of access to the first request that is refused."""

    reads: int
    """Reads of the session store in one request that is let in."""

    also_out: list[str]
    """Devices that were not meant, and are refused as well."""


def measure_way(way: Way) -> Measured:
    """Log in Grace's phone, her laptop and Ada; end the phone's access; see who is out, and when.

    The clock is held and moved second by second. The lab is reset before and after. Raises KitError if the
    phone still gets in after `LONGEST` seconds.
    """
    lab = way.lab
    try:
        lab.reset()
        lab.clock.hold()
        phone = way.log_in("grace")
        others = {"Grace's laptop": way.log_in("grace"), "Ada": way.log_in("ada")}
        reads = _reads(way, phone)
        if not all(map(way.gets_in, others.values())):
            raise KitError(f"{way.name}: somebody is refused before anything has ended")
        way.end(phone)
        seconds = 0
        while way.gets_in(phone):
            if seconds == LONGEST:
                raise KitError(f"{way.name}: the access has not ended after {LONGEST} seconds")
            lab.clock.advance(seconds=1)
            seconds += 1
        also_out = [name for name, device in others.items() if not way.gets_in(device)]
        return Measured(way.name, seconds, reads, also_out)
    finally:
        lab.reset()


def _reads(way: Way, device: Device) -> int:
    """Count the reads of one request in the server's own ledger; what asks no server reads nothing there."""
    before = len(device.client.exchanges)
    if not way.gets_in(device):
        raise KitError(f"{way.name}: a device that has just logged in is refused")
    asked = list(device.client.exchanges)[before:]
    return sum(row["store_reads"] for row in way.lab.ledger(*asked))
