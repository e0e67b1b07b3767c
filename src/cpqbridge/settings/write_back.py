"""What is written back onto the records of Salesforce."""

from __future__ import annotations

from cpqbridge.settings.section import Section


class WriteBackSettings(Section):
    """Which fields of the Salesforce order and account take the outcome."""

    enabled: bool = False
    """Write status, message, numbers and link onto the Salesforce order and account."""
