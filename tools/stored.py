"""Keep what a Redis gives here, for computers that have none: `python -m tools.stored`.

Kept is what notebooks show as stored results: labserver/kit/redis.json, with the day and the machine.
"""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from labserver.kit import drills, stored

DRILLS = {"10-lost": drills.lost, "10-survivors": drills.survivors}


def main() -> int:
    """Run every drill on a Redis, and write the file. Raises NoRedis where there is none."""
    kept = {
        "when": datetime.now(UTC).date().isoformat(),
        "where": f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "results": {name: drill("redis") for name, drill in DRILLS.items()},
    }
    path = Path(stored.__file__).with_name(stored.FILE)
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"{path.name}: {', '.join(kept['results'])}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
