"""Forgery: tokens that nobody should accept, and verifiers that do."""
