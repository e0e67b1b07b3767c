"""Benchmarks: calls per order on both sides, and what planning costs. `make bench` prints them as tables."""
