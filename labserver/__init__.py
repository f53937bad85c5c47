"""Session & Token Trails: one small server, both ways to stay logged in, and the kit that shows what they do.

`from labserver import Lab` is all a notebook needs. The server never loads the kit, and the kit reaches
the server over HTTP only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labserver.kit import Lab as Lab

__version__ = "0.1.0"
__all__ = ["Lab", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the kit when somebody asks for `Lab`, not before: the server's own processes do without."""
    if name == "Lab":
        from labserver.kit import Lab

        return Lab
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
