"""Tracing: what happened in a request, as data."""
