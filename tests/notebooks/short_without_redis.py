"""Shorten 10 where there is no Redis: `import tests.notebooks.short_without_redis` before its first cell.

As `short` does, but the drills are run: the kit has to find out that there is no Redis, and show stored
results. The parts of the other stores, which need no Redis, are left out.
"""

from __future__ import annotations

from labserver.kit.scaling import drills

everywhere = drills.everywhere

from tests.notebooks.short import FOUND  # noqa: E402 - which replaces `everywhere`


def only_redis(drill: drills.Drill) -> drills.Results:
    """Run the part of a drill that needs a Redis."""

    def part(store: str) -> drills.Count:
        return drill(store) if store == "redis" else FOUND[drill.__name__][store]

    part.__name__ = drill.__name__
    return everywhere(part)


setattr(drills, "everywhere", only_redis)  # noqa: B010
