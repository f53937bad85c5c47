"""The web: the same over HTTP, in Flask."""
