"""What the CPQ package adds to the org: pricing, ordering, activating, contracting, amending and renewing.

One module per verb; `verbs` is their register, `bodies` what they take, `routes` serves them at
`/_sandbox/cpq/{verb}`, and `triggers` starts the same work when an API client writes the field that the button would
write. `chains` says what a contract holds on a day, worked out from the records.
"""
