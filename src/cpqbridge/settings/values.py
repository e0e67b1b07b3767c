"""Tables that translate values of Salesforce into values of Zuora."""

from __future__ import annotations

from pydantic import Field

from cpqbridge.settings.section import Section

Table = dict[str, str]
"""What stands in Salesforce to what is to stand in Zuora."""


class ValueTables(Section):
    """One table for each kind of value; what is not in it goes by the built-in rules."""

    payment_terms: Table = Field(default_factory=dict)
    """Payment terms, such as `Net 30 days: Net 30`."""
    billing_frequencies: Table = Field(default_factory=dict)
    """CPQ billing frequencies to Zuora billing periods, such as `Half-yearly: Semi_Annual`."""
    countries: Table = Field(default_factory=dict)
    """Countries as written in Salesforce, such as `Deutschland: Germany`."""
    states: Table = Field(default_factory=dict)
    """States as written in Salesforce, such as `Calif.: California`."""
    units: Table = Field(default_factory=dict)
    """Units of measure as written in Salesforce, such as `Gigabyte: GB`."""
