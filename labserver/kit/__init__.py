"""What notebooks import: start a server, talk to it with requests, and see what really happened."""

from __future__ import annotations

from labserver.kit.shadows import named

with named():
    from labserver.kit.client import Client
    from labserver.kit.failures import DeskRefused, KitError, NoRedis, ServerGone, StartFailed
    from labserver.kit.lab import Lab
    from labserver.kit.stopped import Stopped, so_far

__all__ = [
    "Client",
    "DeskRefused",
    "KitError",
    "Lab",
    "NoRedis",
    "ServerGone",
    "StartFailed",
    "Stopped",
    "so_far",
]
