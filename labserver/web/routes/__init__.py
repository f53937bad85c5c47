"""Routes: what each address does."""
