"""Formats: base64url, strict JSON, digests, hosts, sentences for trace events. Pure functions."""
