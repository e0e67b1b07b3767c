"""What the CPQ package adds to the org: pricing, ordering, activating and contracting.

One module per verb; `verbs` is their register, `routes` serves them at `/_sandbox/cpq/{verb}`, and `triggers` starts
the same work when an API client writes the field that the button would write.
"""
