"""Use cases: who may, what changes, commit."""
