"""Store what a Redis gives here, for computers that have none.

It takes some minutes. Notebooks show it as stored results: labserver/kit/redis.json, with the day and the
machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labserver import kit
from labserver.kit.lab import Lab
from labserver.kit.scaling import drills, stored
from labserver.runtime import command

PATH = Path(kit.__file__).with_name(stored.FILE)


def check(store: str) -> dict[str, float]:
    """Measure what a session check takes in this store, in microseconds."""
    with Lab.start(store=store) as lab:
        browser = lab.client()
        browser.post("/session/login", json=lab.login("ada"))
        measured = lab.measure({"session": browser.get("/session/me")}, seconds=4)
        return {"session_us": round(measured.median("session"))}


DRILLS: dict[str, Callable[[str], Any]] = {
    "05-check": check,
    "10-lost": drills.lost,
    "10-survivors": drills.survivors,
}


def main(argv: list[str] | None = None) -> int:
    """Run every drill on a Redis, and write the file. Raises NoRedis where there is none."""
    argparse.ArgumentParser(prog="python -m tools.stored", description=__doc__).parse_args(argv)
    kept = {
        "when": datetime.now(UTC).date().isoformat(),
        "where": f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "results": {name: drill("redis") for name, drill in DRILLS.items()},
    }
    PATH.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"{PATH.name}: {', '.join(kept['results'])}")
    return 0


if __name__ == "__main__":
    raise SystemExit(command.run(main, "tools.stored"))
