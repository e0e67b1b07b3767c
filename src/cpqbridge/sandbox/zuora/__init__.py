"""A Zuora Billing tenant: accounts, contacts, catalog, orders, subscriptions and queries over HTTP."""
