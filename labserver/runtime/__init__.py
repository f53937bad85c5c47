"""The runtime: processes, from their start to their end."""
