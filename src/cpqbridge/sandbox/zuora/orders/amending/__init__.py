"""What the actions on existing subscriptions share: versions, segments, terms, contacts, suspensions."""
