"""Kernels that a learner's own files do not disturb: a `random.py` beside the notebook ends others."""

from __future__ import annotations

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

LAST = "--IPKernelApp.exec_lines=__import__('sys').path.append('')"


class Kernels(KernelSpecManager):
    """Start Python kernels with -P: else Python looks in the notebook's folder before all others.

    What a learner keeps there can be imported all the same, unless there is a package of that name.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel's command, with -P and the notebook's folder at the end of the path."""
        spec = super().get_kernel_spec(kernel_name)
        if spec.argv[1:3] == ["-m", "ipykernel_launcher"]:
            spec.argv = [spec.argv[0], "-P", *spec.argv[1:], LAST]
        return spec
