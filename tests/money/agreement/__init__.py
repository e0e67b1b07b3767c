"""The connector's billing arithmetic and the sandbox tenant's own, which were written apart, on the same random cases.

`make soak` takes a million of them, the test-suite a few thousand.
"""
