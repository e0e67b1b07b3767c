"""Salesforce CPQ's arithmetic: how a term prorates a price, and how a list price becomes what the customer pays."""
