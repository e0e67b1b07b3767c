"""Use cases around the user's own mapping: check it against both systems, try it on records, keep cases for tests."""
