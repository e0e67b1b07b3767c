"""The timeline of a Zuora subscription: what it has held from when to when, by which order. Pure."""
