"""What an import brings with it: no more than what it is for."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from labserver.kit.lab import Lab
from labserver.kit.measurement.break_even import break_even
from labserver.kit.measurement.load import load
from labserver.kit.measurement.measure import measure
from tests.conftest import ROOT

LATER = (
    *(
        "labserver.kit.measurement",
        "labserver.kit.scaling",
        "labserver.kit.revocation",
        "labserver.kit.exercises",
    ),
    *(
        "labserver.kit.display.plot",
        "labserver.kit.display.chart",
        "matplotlib",
        "numpy",
        "apsw",
        "flask",
        "jwt",
    ),
)
"""What `from labserver import Lab` does not load."""


def loaded(code: str) -> set[str]:
    """Run code in a new Python, and return the names of the modules that are loaded at its end."""
    program = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_statistics_bring_nothing_of_ours_but_themselves() -> None:
    room = "labserver.kit.measurement"
    ours = {name for name in loaded(f"import {room}.stats") if name.startswith("labserver")}
    assert ours == {"labserver", "labserver.kit", room, f"{room}.stats"}


def test_a_lab_brings_neither_measurements_nor_plots() -> None:
    assert loaded("from labserver import Lab") & {*LATER} == set()


@pytest.mark.parametrize(
    ("method", "function", "names"),
    [
        (Lab.measure, measure, ["seconds", "within", "span", "title"]),
        (Lab.break_even, break_even, ["seconds", "delays"]),
        (Lab.load, load, ["users", "seconds", "rounds"]),
    ],
    ids=["measure", "break_even", "load"],
)
def test_a_method_of_the_lab_has_the_defaults_of_its_function(
    method: object, function: object, names: list[str]
) -> None:
    """They are written twice, as the function is loaded only when the method is called."""
    mine, its = (inspect.signature(which).parameters for which in (method, function))  # type: ignore[arg-type]
    assert {name: mine[name].default for name in names} == {name: its[name].default for name in names}
