"""The environment of the programs that we start: what a user has set up for other programs stays out.

What a table does not name is passed on: PATH, HOME, TMPDIR, LANG, proxies and certificates among others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

STAY_OUT = (
    "PYTHON",  # PYTHONOPTIMIZE takes every assert away, PYTHONPATH brings other packages, and so on
    "__PYVENV_LAUNCHER__",
    "VIRTUAL_ENV",
    "JUPYTER",  # JUPYTER_PATH, JUPYTER_CONFIG_DIR, JUPYTERLAB_DIR: other kernels, other settings
    "IPYTHON",
    "IPY_",
    "MPL",  # MPLBACKEND, MPLCONFIGDIR
    "MATPLOTLIB",
    "FLASK_",  # FLASK_DEBUG
    "WERKZEUG_",
    "GRANIAN_",
    "LOCUST_",
    "GEVENT_",
    "PYTEST_",  # PYTEST_ADDOPTS, PYTEST_PLUGINS
    "PY_COLORS",
    "HYPOTHESIS_",
    "COVERAGE_",
    "MYPY",
    "RUFF_",
    "FORCE_COLOR",  # what we read back, or compare, has no colours in it
    "CLICOLOR_FORCE",
)
"""How the names begin of what changes how our programs work."""

WHERE_PYTHON_IS = ("PYTHONHOME", "PYTHONPLATLIBDIR", "PYTHONUSERBASE", "PYTHONNOUSERSITE")
"""Without these the same Python might not find the packages that it runs with now."""

PIP = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST"),
    *("PIP_PROXY", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_KEYRING_PROVIDER", "PIP_CONFIG_FILE"),
    *("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR", "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"),
)
"""What variables say to pip: where packages come from. Where they go is ours to say."""

UV = (
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX", "UV_FIND_LINKS", "UV_OFFLINE"),
    *("UV_INSECURE_HOST", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_KEYRING_PROVIDER", "UV_CONFIG_FILE"),
    *("UV_CACHE_DIR", "UV_NO_CACHE", "UV_HTTP_", "UV_CONCURRENT_", "UV_LINK_MODE", "UV_CREDENTIALS_DIR"),
)
"""The same for uv, by how the names begin: UV_INDEX_MIRROR_PASSWORD belongs to an index called mirror."""

TILE_KEY = "LABSERVER_TILE_KEY"
"""The variable by which JupyterLab's launcher gives the server the secret of its tile."""


def plain(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what a program of ours may see of these variables."""
    return {name: value for name, value in variables.items() if not name.startswith(STAY_OUT)}


def same_python(variables: Mapping[str, str], *first: str) -> dict[str, str]:
    """Return what this very Python needs to start a module of ours; `first` leads its path.

    A folder that is named relative to where one stands is left out: it would be the notebook's, with whatever
    `jwt.py` a learner keeps there.
    """
    path = [place for place in variables.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(place)]
    return plain(variables) | {
        **{name: variables[name] for name in WHERE_PYTHON_IS if name in variables},
        "PYTHONPATH": os.pathsep.join([*first, *path]),
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
    }


def installer(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what an installer may see: the reader's index, proxy and certificates."""
    return {
        name: value
        for name, value in plain(variables).items()
        if not name.startswith(("PIP_", "UV_")) or name in PIP or name.startswith(UV)
    }
