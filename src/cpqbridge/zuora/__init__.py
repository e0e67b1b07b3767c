"""All that speaks Zuora: sign-in, limits, the five envelopes, queries, look-ups by natural key, jobs.

`connection` says where the tenant is, `client` does the calls, `lookups` finds what is there already.
"""
