"""Storage: where the server keeps what it must remember, and the clock it asks."""
