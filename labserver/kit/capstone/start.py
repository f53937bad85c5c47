"""Where a learner's own server begins: as a copy of tiny.py."""

from __future__ import annotations

import functools
from pathlib import Path

from labserver.kit.capstone.comparison import TINY
from labserver.kit.processes.child import Child

NAME = "my_server.py"
BESIDE = "beside this notebook."
FOR_NOW = (
    "in a folder that lasts as long as this kernel. "
    "To keep your changes, open the lab by run.py: it makes a copy of each notebook for you."
)


def begin(name: str = NAME) -> Path:
    """Copy tiny.py to `name` beside the notebook, unless it is there already, and return where it is.

    In the lab's own folder notebooks/, which stays as it came, the copy goes into a folder that lasts as long
    as the kernel. Raises OSError if nothing can be written there.
    """
    folder = Path.cwd()
    lasting = not is_original(folder)
    if not lasting:
        folder = Path(str(_keeper().ready["folder"]))
    file = folder / name
    if file.exists():
        print(f"{name} is there already: it stays as you left it.")
        return file
    file.write_bytes(TINY.read_bytes())
    print(f"{name} is a copy of tiny.py, {BESIDE if lasting else FOR_NOW}")
    return file


def is_original(folder: Path) -> bool:
    """Tell whether these are the notebooks as they came, and not a learner's copies of them."""
    return (folder / "instructor").is_dir() and (folder.parent / "labserver" / TINY.name).is_file()


@functools.cache
def _keeper() -> Child:
    """Start the process that removes the folder when this one is gone."""
    return Child("the keeper of the folder", "labserver.runtime.lifetime")
