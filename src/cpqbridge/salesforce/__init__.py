"""All that speaks Salesforce: sign-in, queries, describe, composite calls, errors.

`connection` says where the org is, `client` does the calls, `select` writes a query that the org can answer.
"""
