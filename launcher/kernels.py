"""Kernels that a learner's own files do not disturb: a `random.py` beside the notebook ends others."""

from __future__ import annotations

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager


class Kernels(KernelSpecManager):
    """Start Python kernels with -P, for else Python looks first in the notebook's folder.

    In its cells that folder is on the path all the same, but after Python's own modules.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        spec = super().get_kernel_spec(kernel_name)
        if spec.argv[1:3] == ["-m", "ipykernel_launcher"]:
            spec.argv = [spec.argv[0], "-P", *spec.argv[1:]]
        return spec
