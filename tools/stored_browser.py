"""Store what a browser does here, for computers that have none.

09 shows it as stored results: labserver/kit/browser/browser.json, with the day and the version.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from labserver.kit import browser
from labserver.kit.browser.web import FILE
from labserver.runtime import command

PATH = Path(browser.__file__).with_name(FILE)


def main(argv: list[str] | None = None) -> int:
    """Run every experiment, and write the file. Raises NoBrowser where there is none."""
    argparse.ArgumentParser(prog="python -m tools.stored_browser", description=__doc__).parse_args(argv)
    web = browser.Web.start()
    try:
        results = {experiment.__name__: experiment(web) for experiment in browser.EXPERIMENTS}
        kept = {
            "when": datetime.now(UTC).date().isoformat(),
            "version": web.browser.version,
            "results": results,
        }
    finally:
        web.stop()
    PATH.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"{PATH.name}: {', '.join(results)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(command.run(main, "tools.stored_browser"))
