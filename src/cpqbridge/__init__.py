"""cpqbridge carries what was sold in Salesforce CPQ into Zuora Billing."""

__version__ = "0.1.0"
