"""Authentication: sessions, tokens, users. No web framework is known here."""
