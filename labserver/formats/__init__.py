"""Formats: base64url, strict JSON, digests. Pure functions that anybody may use."""
