"""The tile in JupyterLab's launcher: it starts a lab's server and opens the stage, by jupyter-server-proxy.

Only the user can come this way, as Jupyter's own login stands before it. To show that a request came so,
jupyter-server-proxy adds a secret header, and so the stage gets the control API without a ticket.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

from labserver.kit.links import proxy_options
from labserver.runtime.child_environment import TILE_KEY

ICON = Path(__file__).parents[1] / "web" / "static" / "icon.svg"


def setup() -> dict[str, Any]:
    """Describe the server to jupyter-server-proxy, which finds this function by its entry point."""
    key = secrets.token_urlsafe(32)
    options = proxy_options() or ["--behind-proxy"]
    return {
        "command": [sys.executable, "-m", "labserver", "serve", "--lab", "--port", "{port}", *options],
        "environment": {TILE_KEY: key},
        "request_headers_override": {"X-Lab-Tile": key},
        "timeout": 60,
        "launcher_entry": {"title": "Session & Token Trails", "icon_path": str(ICON), "category": "Notebook"},
    }
