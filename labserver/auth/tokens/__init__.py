"""Access tokens: keys, how a token is signed, how it is verified."""
