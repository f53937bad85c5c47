"""Processes: the server, the second service, and the clients that talk to them."""
