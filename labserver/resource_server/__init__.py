"""The resource server: a second service, which holds public keys only."""
