"""JupyterLab, as run.py starts it: `python -m launcher.inside FOLDER ARGUMENTS -- NOTEBOOKS`.

Signs the notebooks we ship, so that their stored outputs show; starts the server; prints its address as one
JSON line once it listens; stops when standard input closes, which happens however run.py ends.
"""

from __future__ import annotations

import json
import sys
import threading
from contextlib import suppress
from pathlib import Path

# jsonschema checks international addresses where it finds this package, which reads a whole grammar at
# import. Nothing here has such an address, and doing without saves half of JupyterLab's start.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]


def sign(folder: Path, names: list[str]) -> None:
    """Mark notebooks as trusted, as `jupyter trust` does."""
    import nbformat
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for name in names:
        with suppress(ValueError):  # no notebook after all: JupyterLab says so when it is opened
            notary.sign(nbformat.reads((folder / name).read_text(encoding="utf-8"), as_version=4))
    notary.store.close()


def main(folder: Path, arguments: list[str], names: list[str]) -> None:
    """Sign the notebooks that we ship, so that their outputs show; with arguments, also run JupyterLab."""
    sign(folder, names)
    if not arguments:
        return
    from jupyterlab.labapp import LabApp

    server = LabApp.initialize_server(argv=[f"--ServerApp.root_dir={folder}", *arguments])

    def announce() -> None:
        page = server.connection_url.rstrip("/") + server.default_url
        address = f"{page}?token={server.identity_provider.token}"
        print(json.dumps({"address": address}), flush=True)

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        server.io_loop.add_callback(server.stop)

    server.io_loop.add_callback(announce)
    threading.Thread(target=wait_for_the_end, daemon=True).start()
    server.start()


if __name__ == "__main__":
    cut = sys.argv.index("--")
    main(Path(sys.argv[1]), sys.argv[2:cut], sys.argv[cut + 1 :])
