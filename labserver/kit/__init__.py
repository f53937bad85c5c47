"""The kit: what notebooks import. Its names come from `labserver`."""
