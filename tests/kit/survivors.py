"""Who survives which drill, on each store."""

from __future__ import annotations

from labserver.kit.scaling import drills

IN, OUT, DOWN = "4 of 4", "0 of 4, 401", "0 of 4, 503"

SHARED = dict.fromkeys(drills.EVENTS, IN) | {"the store is down": DOWN}

OWN = SHARED | {"a second machine answers": OUT}

SESSIONS = {
    "memory": OWN | {"a restart": OUT, "kill -9, then a start": OUT},
    "sqlite": OWN,
    "redis": SHARED,
}

TOKENS = dict.fromkeys(drills.EVENTS, IN) | {"a new key, the old one retired": OUT}
