"""Measurement: how long a check takes, and how sure that is."""
