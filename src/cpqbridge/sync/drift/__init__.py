"""Drift: what should be equal in both systems and is not, from bulk reads of all of it."""
