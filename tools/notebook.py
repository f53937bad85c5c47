"""Run notebooks the way git keeps them, and check them against the project's rules.

    python -m tools.notebook run notebooks/02-sessions.ipynb
    python -m tools.notebook lint notebooks/*.ipynb

`run` executes top to bottom in a fresh kernel, in the notebook's own folder, and stores outputs and execution
counts, so that nbval has something to compare. A notebook with an error is left as it was, unless the cell is
tagged `raises-exception`. What lint finds is said as well.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from labserver.runtime import command
from labserver.runtime.child_environment import plain
from tools.rules import Notebook, lint

ROOT = Path(__file__).resolve().parents[1]
CELL_TIMEOUT = 60
"""Seconds; the same limit that nbval gets."""

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
KEPT = ("tags",)
"""What a cell's metadata may hold; all else is the trace of one editor or one run."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class NotSaved(Exception):
    """A notebook did not run to its end; its file is untouched."""


def run(path: Path) -> None:
    """Execute one notebook and store what it printed; raises NotSaved, with the cell and its error."""
    nb: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
    client = NotebookClient(
        nb,
        timeout=CELL_TIMEOUT,
        kernel_name=KERNELSPEC["name"],
        resources={"metadata": {"path": str(path.resolve().parent)}},
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=40"],  # plain TCP, it warns; on loopback
    )
    try:
        client.execute(env=plain(os.environ) | {"PYTHONPATH": str(ROOT)})
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise NotSaved(f"{path}: {_ANSI.sub('', str(error)).strip()}") from None
    normalise(nb)
    fresh = path.with_suffix(".ipynb.new")
    nbformat.write(nb, fresh)  # type: ignore[no-untyped-call]
    fresh.replace(path)


def normalise(nb: NotebookNode) -> None:
    """Leave nothing in the file that differs from run to run, or from machine to machine, without need."""
    nb.nbformat, nb.nbformat_minor = 4, 5
    ours = {"labserver": nb.metadata["labserver"]} if "labserver" in nb.metadata else {}  # see tools.contents
    nb.metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}, **ours}
    taken: set[str] = set()
    for cell in nb.cells:
        cell.id = _cell_id(cell, taken)
        cell.metadata = {key: cell.metadata[key] for key in KEPT if cell.metadata.get(key)}
        if cell.cell_type == "code":
            cell.outputs = _merged(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = _own_frames(output)


def _cell_id(cell: NotebookNode, taken: set[str]) -> str:
    """Name a cell after its content, so that building a notebook twice gives the same file."""
    for attempt in range(1000):
        digest = hashlib.sha256(f"{cell.cell_type}:{cell.source}:{attempt}".encode()).hexdigest()[:8]
        if digest not in taken:
            taken.add(digest)
            return digest
    raise AssertionError("a thousand cells with the same content")


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of one stream: where they break depends on the machine's mood."""
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == "stream" == last.output_type and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def _own_frames(error: NotebookNode) -> list[str]:
    """Keep of a traceback what stands in the notebook's cells; the rest names folders of this machine."""
    kept = [part for part in error.traceback if not _ANSI.sub("", part).startswith(("File ", "---"))]
    return kept or [f"{error.ename}: {error.evalue}"]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.notebook",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("run", "execute and store outputs"), ("lint", "check against the project's rules")):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("notebooks", nargs="+", type=Path, metavar="NB")
    options = parser.parse_args(argv)
    failed = False
    for path in options.notebooks:
        try:
            if options.command == "run":
                run(path)
                print(f"{path}: run and stored")
            findings = lint(Notebook.read(path))
        except (NotSaved, OSError, ValueError) as error:
            print(f"{path}: not saved: {error}" if isinstance(error, OSError) else error, file=sys.stderr)
            failed = True
            continue
        for finding in findings:
            print(f"{path}: {finding}")
        failed |= bool(findings) and options.command == "lint"
    return int(failed)


if __name__ == "__main__":
    sys.exit(command.run(main, "tools.notebook"))
