"""Servers of one file, with passwords that are quick to check: each test takes a second less."""

FAST = {"time_cost=2, memory_cost=19 * 1024": "time_cost=1, memory_cost=8"}
"""A change of tiny.py's text, and of the model server's."""
