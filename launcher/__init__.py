"""What `run.py` does: makes the environment, hands out the notebooks, opens JupyterLab, runs the tests.

Standard library only, but for `inside.py`, which runs in the environment that the rest has made.
"""
