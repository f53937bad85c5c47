"""Write docs/claims.md from a run of all claims."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from labserver.kit.exercises import claims
from labserver.kit.exercises.claims import ClaimReport, ClaimResult, families, stored
from labserver.runtime import command

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "claims.md"
STORED = Path(stored.__file__).with_name(stored.FILE)

INTRODUCTION = """\
# Claims

What people say about sessions and tokens, and what an experiment on a real server says. This page is written
from a run (`python -m tools.claims`), and a test runs every experiment again and compares. Try them yourself:
`labserver claims`.

A claim is tried in one or more situations. It is **true** if it held in all of them, **false** if in none;
otherwise it **depends**. The sign ≈ stands before what differs from machine to machine. *Said* leads to a
place where the claim is made or discussed; *shown* to the part of a notebook that explains it. Each
experiment is a short function in
[labserver/kit/exercises/claims/families](../labserver/kit/exercises/claims/families).
"""


def page(report: ClaimReport) -> str:
    """Return the page: a table for each family."""
    parts = [INTRODUCTION, f"{report.summary.partition(';')[0].rstrip('.')}.\n"]
    for family in dict.fromkeys(result.claim.family for result in report):
        title = (import_module(f"{families.__name__}.{family}").__doc__ or "").partition(".")[0]
        rows = [_row(result) for result in report if result.claim.family == family]
        head = "| claim | verdict | what was seen | said | shown |\n|:---|:---|:---|:---|:---|"
        parts.append("\n".join([f"## {title}\n", head, *rows, ""]))
    return "\n".join(parts)


def _row(result: ClaimResult) -> str:
    one = result.claim
    host = (urlsplit(one.said).hostname or "").removeprefix("www.")
    seen = "<br>".join(f"{case.where}: {case.seen}" for case in result.cases)
    cells = [one.text, result.words, seen, f"[{host}]({one.said})", link(one.notebook, one.cell, ROOT)]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def link(notebook: str, cell: str, root: Path) -> str:
    """Link to a heading of a notebook, from a page in docs/; to the notebook if it has no such heading."""
    title = next(
        (title for title in headings(root / "notebooks" / f"{notebook}.ipynb") if bare(title) == cell), ""
    )
    place = f"../notebooks/{notebook}.ipynb{f'#{anchor(title)}' if title else ''}"
    return f"[{notebook[:2]}{f': {cell}' if title else ''}]({place})"


def headings(path: Path) -> Iterator[str]:
    """Yield the headings of a notebook; none if there is no such file."""
    if path.is_file():
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield from re.findall(r"^#+ +(.*?) *$", "".join(cell["source"]), re.MULTILINE)


def bare(title: str) -> str:
    """Return a heading without its number: `1 · Log out` is `Log out`."""
    return re.sub(r"^\d+ · ", "", title)


def anchor(title: str) -> str:
    """Return the anchor that JupyterLab gives to a heading."""
    return title.replace("`", "").replace(" ", "-")


def main(argv: list[str] | None = None) -> int:
    """Run all claims and write the page. Returns 1 if a verdict is not as expected."""
    parser = argparse.ArgumentParser(prog="python -m tools.claims", description=__doc__)
    parser.add_argument("--store", action="store_true", help="store the results of browser claims too")
    options = parser.parse_args(argv)
    report = claims.run()
    if options.store:
        kept = {
            one.claim.name: one.fields()["cases"] for one in report if one.claim.browser and not one.stored
        }
        data = {"when": datetime.now(UTC).date().isoformat(), "results": kept}
        STORED.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(report), encoding="utf-8")
    print(report.summary)
    return 1 if report.flipped else 0


if __name__ == "__main__":
    raise SystemExit(command.run(main, "tools.claims"))
