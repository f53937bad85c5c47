"""Session & Token Trails: one small server, both ways to stay logged in, and the kit that shows what they do.

    from labserver import Lab, check, predict, outcome

A notebook imports everything from here. A name is loaded when it is asked for, so the server's own processes
never load the kit, and the kit reaches the server over HTTP only.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labserver.kit import attacks as attacks
    from labserver.kit import browser as browser
    from labserver.kit import capstone as capstone
    from labserver.kit import choosing as choosing
    from labserver.kit import grid as grid
    from labserver.kit import revocation as revocation
    from labserver.kit.capstone import step as step
    from labserver.kit.exercises import claims as claims
    from labserver.kit.exercises.check import check as check
    from labserver.kit.exercises.predict import outcome as outcome
    from labserver.kit.exercises.predict import predict as predict
    from labserver.kit.failures import KitError as KitError
    from labserver.kit.failures import NoRedis as NoRedis
    from labserver.kit.forgery import forge as forge
    from labserver.kit.forgery.broken_verifiers import BROKEN as BROKEN
    from labserver.kit.forgery.broken_verifiers import DOZEN as DOZEN
    from labserver.kit.forgery.mint import Keys as Keys
    from labserver.kit.forgery.mint import Mint as Mint
    from labserver.kit.forgery.reference_verifier import ReferenceVerifier as ReferenceVerifier
    from labserver.kit.lab import Lab as Lab
    from labserver.kit.scaling import capacity as capacity
    from labserver.kit.scaling import drills as drills
    from labserver.kit.scaling import growth as growth
    from labserver.kit.scaling import sizes as sizes
    from labserver.kit.scaling.crowd import Crowd as Crowd
    from labserver.kit.scaling.stored import recall as recall
    from labserver.kit.stopped import Stopped as Stopped
    from labserver.kit.stopped import so_far as so_far

__version__ = "0.1.0"

_HOMES = {
    "attacks": "attacks",
    "browser": "browser",
    "capstone": "capstone",
    "step": "capstone",
    "choosing": "choosing",
    "grid": "grid",
    "revocation": "revocation",
    "check": "exercises.check",
    "claims": "exercises.claims",
    "outcome": "exercises.predict",
    "predict": "exercises.predict",
    "KitError": "failures",
    "NoRedis": "failures",
    "forge": "forgery.forge",
    "BROKEN": "forgery.broken_verifiers",
    "DOZEN": "forgery.broken_verifiers",
    "Keys": "forgery.mint",
    "Mint": "forgery.mint",
    "ReferenceVerifier": "forgery.reference_verifier",
    "Lab": "lab",
    "capacity": "scaling.capacity",
    "drills": "scaling.drills",
    "growth": "scaling.growth",
    "sizes": "scaling.sizes",
    "Crowd": "scaling.crowd",
    "recall": "scaling.stored",
    "Stopped": "stopped",
    "so_far": "stopped",
}
"""Where in the kit each name lives; what a module of that name does not define is the module itself."""

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    """Load a name of the kit.

    Raises ImportError with the name of the file, where one hides a package; and with the name of the extra,
    where only the server is installed.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from labserver.kit.shadows import named

    try:
        with named():
            module = import_module(f"labserver.kit.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        missing = error.name or "labserver"
        if missing.startswith("labserver"):
            raise
        raise ModuleNotFoundError(
            f"labserver.{name} needs the package {missing!r}, which the extra `lab` installs: "
            "python -m pip install labserver[lab]",
            name=missing,
        ) from None
    return getattr(module, name, module)
