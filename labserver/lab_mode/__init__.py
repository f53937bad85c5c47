"""Lab mode: all that exists for lessons, and is absent from a normal server."""
