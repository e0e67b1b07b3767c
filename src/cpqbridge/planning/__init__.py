"""Pure planning: a snapshot of Salesforce, the state of Zuora and the settings become a `SyncPlan`.

One file per noun: `account`, `contact`, `product`, `order`, `subscription` with its `term` and `pricing`, `line_item`.
`gate` says whether a record is ready, `compare` what differs from what Zuora holds already. No I/O, no clock, no
randomness.
"""
