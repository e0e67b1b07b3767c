"""Adoption: which rate plan in Zuora bills what Salesforce sold before cpqbridge carried anything. Pure."""
