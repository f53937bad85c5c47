"""Take pictures of notebooks as a learner sees them in JupyterLab, light and dark.

    python -m tools.screenshots OUTDIR [NB ...]

Every notebook is copied, run, and taken in slices: OUTDIR/02-sessions-light-1.png and so on.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from labserver.kit.browser.program import find
from labserver.runtime import command
from tools.jupyterlab import ROOT, Screen, server

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def take(out: Path, notebooks: list[Path], run: bool) -> list[Path]:
    """Copy the notebooks into a folder of their own, run them there, and take their pictures."""
    out.mkdir(parents=True, exist_ok=True)
    taken = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "notebooks")
        folder.mkdir()
        for path in notebooks:
            shutil.copy(path, folder)
        with server(folder, Path(scratch, "state")) as address, Screen.open(address) as screen:
            for path in notebooks:
                with screen.opened(path.name):
                    if run:
                        screen.run_all()
                    for word, theme in THEMES.items():
                        screen.theme(theme)
                        taken += screen.pictures(out / f"{path.stem}-{word}")
    return taken


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.screenshots",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUTDIR")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NB", help="default: all in notebooks/")
    parser.add_argument("--stored", action="store_true", help="do not run them: show the outputs as stored")
    options = parser.parse_args(argv)
    if find() is None:
        print("There is no Chromium, Chrome or Edge on this computer.", file=sys.stderr)
        return 1
    notebooks = options.notebooks or sorted((ROOT / "notebooks").glob("*.ipynb"))
    if missing := [str(path) for path in notebooks if not path.is_file()]:
        parser.error(f"there is no {', no '.join(missing)}")
    for path in take(options.out, notebooks, run=not options.stored):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(command.run(main, "tools.screenshots"))
