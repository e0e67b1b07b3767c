"""Billing documents, previews, bill runs and usage over the tenant's API."""
