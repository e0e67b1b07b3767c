"""A Salesforce org and a Zuora tenant on this machine, over real HTTP.

The sandbox imports nothing of the connector: its rules are a second, independent reading of what the two
products do, so that one mistake cannot hide in both.
"""
